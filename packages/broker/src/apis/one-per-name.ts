/** Administrators name a topic once in a request: one that is named again is refused, once. */
export function onePerName<T extends { readonly name: string }>(
  wishes: readonly T[],
): { readonly wish: T; readonly twice: boolean }[] {
  const times = new Map<string, number>();
  for (const { name } of wishes) times.set(name, (times.get(name) ?? 0) + 1);
  const firsts = new Map(wishes.toReversed().map((wish) => [wish.name, wish]));
  return [...new Set(wishes.map(({ name }) => name))].flatMap((name) => {
    const wish = firsts.get(name);
    return wish === undefined ? [] : [{ wish, twice: (times.get(name) ?? 0) > 1 }];
  });
}
