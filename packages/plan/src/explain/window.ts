import type { WindowSpec } from '../nodes/window-spec.ts';

/** `TUMBLE(60000 ms)`, `SESSION(gap 1000 ms)`, `WINDOW OF THE ROWS`, `HOP(slide 1000 ms, size 5000 ms)`, `CUMULATE(step 1000 ms, size 5000 ms)`. */
export function formatWindow(window: WindowSpec): string {
  if (window.kind === 'session') return `SESSION(gap ${window.gapMs} ms)`;
  if (window.kind === 'attached') return 'WINDOW OF THE ROWS';
  const zone = window.timeZone === undefined ? '' : `, in ${window.timeZone}`;
  const offset = `${window.offsetMs === 0 ? '' : `, offset ${window.offsetMs} ms`}${zone}`;
  switch (window.kind) {
    case 'tumble':
      return `TUMBLE(${window.sizeMs} ms${offset})`;
    case 'hop':
      return `HOP(slide ${window.slideMs} ms, size ${window.sizeMs} ms${offset})`;
    case 'cumulate':
      return `CUMULATE(step ${window.stepMs} ms, size ${window.maxSizeMs} ms${offset})`;
  }
}
