import type { TopicConfig } from '../log/topic-config.ts';
import type { Api } from './api.ts';
import { alterConfig, writeConfigAnswers } from './config-resources.ts';

const SET = 0;
const APPEND = 2;

interface Change {
  readonly option: string;
  readonly operation: number;
  readonly value: string | null;
}

/**
 * IncrementalAlterConfigs (44), v0-1. Changes the named options only.
 *
 *     request   [int8 type · string name · [string option · int8 operation · nullable string value]] · bool validateOnly
 *     response  see writeConfigAnswers
 *
 *     operation 0 set, 1 delete, 2 append to a list, 3 subtract from a list
 */
export const incrementalAlterConfigs: Api = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  handle: ({ body, access }, broker) => {
    const wanted = body.array((r) => {
      const resource = { type: r.int8(), name: r.string() };
      const changes = r.array((): Change => {
        const change = {
          option: r.string(),
          operation: r.int8(),
          value: r.nullableString(),
        };
        r.tags();
        return change;
      });
      r.tags();
      return { resource, changes };
    });
    const validateOnly = body.boolean();
    const answers = wanted.map(({ resource, changes }) =>
      alterConfig(resource, (before) => changes.reduce(applyChange, before), validateOnly, access, broker),
    );
    return (writer) => writeConfigAnswers(writer, answers);
  },
};

function applyChange(config: TopicConfig, { option, operation, value }: Change): TopicConfig {
  const { [option]: current, ...others } = config;
  if (operation === SET && value !== null) return { ...config, [option]: value };
  const listed = (current ?? '').split(',').filter((item) => item !== '');
  const named = (value ?? '').split(',');
  const list =
    operation === APPEND ? [...new Set([...listed, ...named])] : listed.filter((item) => !named.includes(item));
  // Delete, or a list that became empty: back to the default.
  return operation === 1 || list.length === 0 ? others : { ...others, [option]: list.join(',') };
}
