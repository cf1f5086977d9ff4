import {
  CONTAINER_STATUSES,
  type ContainerStatus,
  DESIRED_STATES,
  type DesiredState,
  JOB_STATUSES,
  type JobStatus,
} from '@millrace/model';

/** Words of a text column as the union the model knows; anything else means that code and database have parted. */
export function jobStatus(word: string): JobStatus {
  return known(JOB_STATUSES, word);
}

export function containerStatus(word: string): ContainerStatus {
  return known(CONTAINER_STATUSES, word);
}

export function desiredState(word: string | null): DesiredState | undefined {
  return word === null ? undefined : known(DESIRED_STATES, word);
}

export function known<Word extends string>(words: readonly Word[], word: string): Word {
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) throw new Error(`the database says "${word}", expected one of ${words.join(', ')}`);
  return found;
}
