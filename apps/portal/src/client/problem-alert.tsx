'use client';
import { Alert } from '@mantine/core';
import { ApiError } from './api-client.ts';

interface Props {
  readonly title: string;
  readonly error: unknown;
  /** Paths of the fields that show their own error; the rest is listed here. */
  readonly shown?: readonly string[];
}

/** Why a form was refused: the server's sentence, then every place at fault that no field of the form shows. Nothing without an error. */
export function ProblemAlert({ title, error, shown = [] }: Props) {
  if (error === null || error === undefined) return null;
  const message = error instanceof Error ? error.message : String(error);
  const places = error instanceof ApiError ? error.fields.filter(({ path }) => !shown.includes(path)) : [];
  return (
    <Alert color="red" title={title} role="alert">
      {message}
      {places.map(({ path, message: what }) => (
        <div key={`${path} ${what}`}>
          {placeOf(path)}: {what}
        </div>
      ))}
    </Alert>
  );
}

/** `sql:3:14` as people say it; other paths as they are. */
function placeOf(path: string): string {
  const place = /^sql:(\d+):(\d+)$/.exec(path);
  return place === null ? path : `line ${place[1]}, column ${place[2]}`;
}
