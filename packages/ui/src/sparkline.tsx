/** A trend without axes. Plain SVG: a table of a hundred of them costs nothing. */
export function Sparkline({
  values,
  width = 80,
  height = 20,
  label,
}: {
  readonly values: readonly number[];
  readonly width?: number;
  readonly height?: number;
  readonly label: string;
}) {
  if (values.length < 2) return null;
  const top = Math.max(...values, 1e-9);
  const points = values
    .map((value, at) => `${(at / (values.length - 1)) * width},${height - 1 - (value / top) * (height - 2)}`)
    .join(' ');
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <polyline points={points} fill="none" stroke="var(--mantine-primary-color-filled)" strokeWidth={1.5} />
    </svg>
  );
}
