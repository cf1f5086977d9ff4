import { configValue, TOPIC_OPTIONS, type TopicConfig } from '../log/topic-config.ts';
import type { Api } from './api.ts';
import { alterConfig, ConfigProblem, writeConfigAnswers } from './config-resources.ts';

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

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
      alterConfig(resource, (before) => applyAll(before, changes), validateOnly, access, broker),
    );
    return (writer) => writeConfigAnswers(writer, answers);
  },
};

function applyAll(config: TopicConfig, changes: readonly Change[]): TopicConfig | ConfigProblem {
  if (new Set(changes.map(({ option }) => option)).size < changes.length) {
    return new ConfigProblem('INVALID_REQUEST', 'an option is changed once in a request');
  }
  const problem = changes.map(findProblem).find((found) => found !== undefined);
  return problem ?? changes.reduce(applyChange, config);
}

function findProblem({ option, operation, value }: Change): ConfigProblem | undefined {
  if (operation < SET || operation > SUBTRACT) {
    return new ConfigProblem('INVALID_REQUEST', `there is no operation ${operation}`);
  }
  if (operation === DELETE) return undefined;
  if (value === null) return new ConfigProblem('INVALID_REQUEST', `${option}: a value is needed`);
  const known = TOPIC_OPTIONS[option];
  if (operation === SET || known === undefined || known.type === 'list') return undefined;
  return new ConfigProblem('INVALID_CONFIG', `${option} is not a list`);
}

/** A list begins with its default; one that becomes empty is its default again. */
function applyChange(config: TopicConfig, { option, operation, value }: Change): TopicConfig {
  const { [option]: _, ...others } = config;
  if (operation === SET) return { ...config, [option]: value ?? '' };
  const listed = configValue(config, option)
    .split(',')
    .filter((item) => item !== '');
  const named = (value ?? '').split(',');
  const list =
    operation === APPEND ? [...new Set([...listed, ...named])] : listed.filter((item) => !named.includes(item));
  return operation === DELETE || list.length === 0 ? others : { ...others, [option]: list.join(',') };
}
