'use client';
import { useEffect } from 'react';

/** The browser's title of a page that is about one thing, once its name is known: `city-gmv · Millrace`. */
export function usePageTitle(name: string | undefined): void {
  useEffect(() => {
    if (name !== undefined) document.title = `${name} · Millrace`;
  }, [name]);
}
