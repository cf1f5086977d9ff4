/** Things in order of their time (epoch ms), equal times in order of arrival. Most come at the end. */
export type TimeLine<Item extends { readonly time: number }> = Item[];

export function insertByTime<Item extends { readonly time: number }>(line: TimeLine<Item>, item: Item): void {
  const last = line.at(-1);
  if (last === undefined || last.time <= item.time) line.push(item);
  else line.splice(firstAfter(line, item.time), 0, item);
}

/** The place of the first item later than `time`; the length when there is none. */
export function firstAfter(line: readonly { readonly time: number }[], time: number): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((line[middle]?.time ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Takes out all items up to and including `time`, in order. */
export function takeUntil<Item extends { readonly time: number }>(line: TimeLine<Item>, time: number): Item[] {
  return line.splice(0, firstAfter(line, time));
}
