import type { DataType } from '@millrace/model';
import { type FunctionDefinition, matchArguments, type Parameter, strictCall } from './definition.ts';
import { define } from './plain-function.ts';

const STRING: DataType = { kind: 'string', nullable: true };
const INT: DataType = { kind: 'integer', nullable: true };
const BOOLEAN: DataType = { kind: 'boolean', nullable: true };

const one: readonly Parameter[] = ['string'];
const two: readonly Parameter[] = ['string', 'string'];

/** TRIM is brought to (side, text [, characters]) by the parser. */
const trim: FunctionDefinition = {
  name: 'TRIM',
  group: 'string',
  signatures: ['TRIM([BOTH | LEADING | TRAILING] [characters] FROM text) -> STRING', 'TRIM(text) -> STRING'],
  help: 'Removes characters (blanks if none are given) from the ends of a text.',
  bind(call) {
    const args = matchArguments(call, ['string', 'string', 'string'], { required: 2 });
    if (args === undefined) return undefined;
    const [side, ...rest] = args;
    const word = side?.kind === 'literal' ? side.value : 'BOTH';
    const plan = word === 'LEADING' ? 'ltrim' : word === 'TRAILING' ? 'rtrim' : 'trim';
    return strictCall(plan, rest, STRING);
  },
};

/** Functions on text. */
export const STRING_FUNCTIONS: readonly FunctionDefinition[] = [
  trim,
  define('UPPER', 'UPPER(text) -> STRING', 'The text in upper case.', { plan: 'upper', parameters: one }),
  define('LOWER', 'LOWER(text) -> STRING', 'The text in lower case.', { plan: 'lower', parameters: one }),
  define('CHAR_LENGTH', 'CHAR_LENGTH(text) -> INT', 'The number of characters.', {
    plan: 'char-length',
    parameters: one,
    result: INT,
  }),
  define('LTRIM', 'LTRIM(text [, characters]) -> STRING', 'Removes blanks, or these characters, from the start.', {
    plan: 'ltrim',
    parameters: two,
    required: 1,
  }),
  define('RTRIM', 'RTRIM(text [, characters]) -> STRING', 'Removes blanks, or these characters, from the end.', {
    plan: 'rtrim',
    parameters: two,
    required: 1,
  }),
  define('BTRIM', 'BTRIM(text [, characters]) -> STRING', 'Removes blanks, or these characters, from both ends.', {
    plan: 'trim',
    parameters: two,
    required: 1,
  }),
  define('CONCAT', 'CONCAT(text, ...) -> STRING', 'The texts one after the other; NULL if one is NULL.', {
    plan: 'concat',
    parameters: one,
    repeats: true,
  }),
  {
    name: 'CONCAT_WS',
    group: 'string',
    signatures: ['CONCAT_WS(separator, text, ...) -> STRING'],
    help: 'The texts that are not NULL, with the separator between them.',
    bind(call) {
      const args = matchArguments(call, two, { required: 2, repeats: true });
      const nullable = args?.[0]?.type.nullable ?? true;
      return args && { kind: 'call', name: 'concat-ws', args, type: { kind: 'string', nullable } };
    },
  },
  define(
    'SUBSTRING',
    'SUBSTRING(text, from INT [, length INT]) -> STRING',
    'A part of the text; positions count from 1.',
    {
      plan: 'substring',
      parameters: ['string', 'integer', 'integer'],
      required: 2,
    },
  ),
  define('POSITION', 'POSITION(part IN text) -> INT', 'Where the part begins, from 1; 0 if nowhere.', {
    plan: 'position',
    parameters: two,
    result: INT,
  }),
  define(
    'LOCATE',
    'LOCATE(part, text [, from INT]) -> INT',
    'Where the part begins, at or after a place, from 1; 0 if nowhere.',
    { plan: 'position', parameters: ['string', 'string', 'integer'], required: 2, result: INT },
  ),
  define(
    'INSTR',
    'INSTR(text, part [, from INT [, occurrence INT]]) -> INT',
    'Where the part begins, from 1; 0 if nowhere. From a place below 0 the search goes backwards.',
    {
      plan: 'instr',
      parameters: ['string', 'string', 'integer', 'integer'],
      required: 2,
      result: INT,
      mayBeNull: true,
    },
  ),
  define('REPLACE', 'REPLACE(text, part, by) -> STRING', 'Every occurrence of a part replaced.', {
    plan: 'replace',
    parameters: ['string', 'string', 'string'],
  }),
  define('LEFT', 'LEFT(text, length INT) -> STRING', 'The first characters.', {
    plan: 'left',
    parameters: ['string', 'integer'],
  }),
  define('RIGHT', 'RIGHT(text, length INT) -> STRING', 'The last characters.', {
    plan: 'right',
    parameters: ['string', 'integer'],
  }),
  define('LPAD', 'LPAD(text, length INT, by) -> STRING', 'Filled on the left to a length.', {
    plan: 'lpad',
    parameters: ['string', 'integer', 'string'],
    mayBeNull: true,
  }),
  define('RPAD', 'RPAD(text, length INT, by) -> STRING', 'Filled on the right to a length.', {
    plan: 'rpad',
    parameters: ['string', 'integer', 'string'],
    mayBeNull: true,
  }),
  define('REPEAT', 'REPEAT(text, times INT) -> STRING', 'The text several times.', {
    plan: 'repeat',
    parameters: ['string', 'integer'],
  }),
  define('REVERSE', 'REVERSE(text) -> STRING', 'The characters in the opposite order.', {
    plan: 'reverse',
    parameters: one,
  }),
  define('INITCAP', 'INITCAP(text) -> STRING', 'Every word with a capital.', { plan: 'initcap', parameters: one }),
  define(
    'SPLIT_INDEX',
    'SPLIT_INDEX(text, separator, index INT) -> STRING',
    'A part of a split text, counted from 0; NULL if absent.',
    {
      plan: 'split-index',
      parameters: ['string', 'string', 'integer'],
      mayBeNull: true,
    },
  ),
  define('REGEXP', 'REGEXP(text, regex) -> BOOLEAN', 'Whether the regular expression matches somewhere.', {
    plan: 'similar-regexp',
    regexp: 1,
    parameters: two,
    result: BOOLEAN,
  }),
  define('REGEXP_REPLACE', 'REGEXP_REPLACE(text, regex, by) -> STRING', 'Every match replaced.', {
    plan: 'regexp-replace',
    regexp: 1,
    parameters: ['string', 'string', 'string'],
    mayBeNull: true,
  }),
  define(
    'REGEXP_EXTRACT',
    'REGEXP_EXTRACT(text, regex [, group INT]) -> STRING',
    'A group of the first match; NULL if none.',
    {
      plan: 'regexp-extract',
      regexp: 1,
      parameters: ['string', 'string', 'integer'],
      required: 2,
      mayBeNull: true,
    },
  ),
];
