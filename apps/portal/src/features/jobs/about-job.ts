import type { About } from '../../client/notify.tsx';

/** The way from a notification to the job it speaks of, to the tab where the result is seen when one is named. */
export function aboutJob({ id, name }: { readonly id: string; readonly name: string }, tab?: string): About {
  return { href: tab === undefined ? `/jobs/${id}` : `/jobs/${id}?tab=${tab}`, label: `Open ${name}` };
}
