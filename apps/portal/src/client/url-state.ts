'use client';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';

export interface UrlState {
  readonly get: (name: string) => string | undefined;
  /** Undefined and '' remove a name. Any change but that of the place itself goes back to the first page. */
  readonly set: (changes: Readonly<Record<string, string | undefined>>) => void;
}

/** Where in a list one is: `page` counts from 0, `before` is the id that everything shown is older than. */
const PLACES = ['page', 'before'];

/** What a page is filtered and sorted by lives in its URL, so that a link shows what its sender saw. */
export function useUrlState(): UrlState {
  const router = useRouter();
  const path = usePathname();
  const search = useSearchParams();
  return {
    get: (name) => search.get(name) ?? undefined,
    set: (changes) => {
      const next = new URLSearchParams(search);
      for (const place of PLACES) if (!(place in changes)) next.delete(place);
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
      }
      const text = next.toString();
      router.replace(text === '' ? path : `${path}?${text}`, { scroll: false });
    },
  };
}
