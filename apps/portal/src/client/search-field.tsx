'use client';
import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useUrlState } from './url-state.ts';

const PAUSE_MS = 250;

interface Props {
  /** To a screen reader: what it finds, or by what. */
  readonly label: string;
  readonly placeholder: string;
  readonly width: number;
  /** Its name in the URL. */
  readonly name?: string;
}

/** Narrows a list by a text, once typing pauses; the text lives in the URL, without blanks around it. */
export function SearchField({ label, placeholder, width, name = 'q' }: Props) {
  const url = useUrlState();
  const find = useDebouncedCallback((text: string) => url.set({ [name]: text.trim() }), PAUSE_MS);
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} />}
      w={width}
      defaultValue={url.get(name) ?? ''}
      onChange={(event) => find(event.currentTarget.value)}
    />
  );
}
