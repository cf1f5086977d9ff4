import { createTheme, type MantineColorsTuple } from '@mantine/core';

const water: MantineColorsTuple = [
  '#e8f4fb',
  '#d0e6f3',
  '#a0cce6',
  '#6db1d9',
  '#449bcf',
  '#2b8dc8',
  '#1c80bd',
  '#0c6ca3',
  '#005c8e',
  '#004a74',
];

/** Compact and calm: an operations console is read all day. System fonts only: the portal works offline. */
export const theme = createTheme({
  primaryColor: 'water',
  primaryShade: { light: 7, dark: 7 },
  colors: { water },
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  defaultRadius: 'sm',
  fontSizes: { xs: '12px', sm: '13px', md: '14px' },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'xs', allowDeselect: false } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Table: { defaultProps: { fz: 'sm', verticalSpacing: 6, horizontalSpacing: 'sm' } },
    Badge: {
      defaultProps: { size: 'sm', variant: 'light', radius: 'sm' },
      styles: {
        // A word of a badge is never cut off: what a row has too little room for wraps elsewhere.
        root: { maxWidth: 'none', minWidth: 'fit-content' },
        label: { textTransform: 'none', fontWeight: 600 },
      },
    },
    TableScrollContainer: {
      defaultProps: { type: 'native' },
      // What is hidden inside is placed by this box: otherwise it widens the page behind it.
      styles: { scrollContainer: { position: 'relative' } },
    },
    Paper: { defaultProps: { withBorder: true, p: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 250, withinPortal: true } },
  },
});
