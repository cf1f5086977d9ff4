import { type DataType, formatDataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { coerce } from '../bind/coerce.ts';
import { integerLiteral, stringLiteral } from '../bind/literal.ts';
import { isRegexpFine } from '../bind/text-pattern.ts';
import {
  type BoundCall,
  type FunctionDefinition,
  matchArguments,
  nullableCall,
  type Parameter,
  strictCall,
} from './definition.ts';
import { define } from './plain-function.ts';

const STRING: DataType = { kind: 'string', nullable: true };
const INT: DataType = { kind: 'integer', nullable: true };
const BYTES: DataType = { kind: 'bytes', nullable: true };
const BOOLEAN: DataType = { kind: 'boolean', nullable: true };

const one: readonly Parameter[] = ['string'];
const two: readonly Parameter[] = ['string', 'string'];

const HASHES = { 224: 'sha224', 256: 'sha256', 384: 'sha384', 512: 'sha512' } as const;

/** SHA2(text, bits): the bits are a constant, so that the function is known here. */
function bindSha2(call: BoundCall): Expression | undefined {
  const [text, bits] = matchArguments(call, ['string', 'integer']) ?? [];
  if (text === undefined || bits === undefined) return undefined;
  const wanted = bits.kind === 'literal' ? Number(bits.value) : undefined;
  const known = ([224, 256, 384, 512] as const).find((each) => each === wanted);
  if (known !== undefined) return strictCall(HASHES[known], [text], STRING);
  return call.report.error(
    'sql.wrong-arguments',
    call.argSpans[1] ?? call.span,
    'SHA2 takes 224, 256, 384 or 512 bits.',
  );
}

/** HEX of a whole number or of a text. */
function bindHex(call: BoundCall): Expression | undefined {
  const parameter = call.args[0]?.type.kind === 'string' ? 'string' : 'bigint';
  const args = matchArguments(call, [parameter]);
  return args && strictCall('hex', args, STRING);
}

/** A test of a text that is FALSE for NULL. */
function textTest(name: string, plan: 'is-alpha' | 'is-decimal' | 'is-digit', help: string): FunctionDefinition {
  return {
    name,
    group: 'string',
    signatures: [`${name}(text) -> BOOLEAN`],
    help,
    bind(call) {
      const args = matchArguments(call, one);
      const test = args && strictCall(plan, args, BOOLEAN);
      return test && { kind: 'call', name: 'is-true', args: [test], type: { kind: 'boolean', nullable: false } };
    },
  };
}

function textOrBytes(
  name: string,
  signature: string,
  help: string,
  bind: FunctionDefinition['bind'],
): FunctionDefinition {
  return { name, group: 'string', signatures: [signature], help, ...(bind && { bind }) };
}

/** Two texts, or two values of BYTES. */
function edgeTest(plan: 'starts-with' | 'ends-with') {
  return (call: BoundCall): Expression | undefined => {
    const parameter = kindOfValues(call.args);
    const args = matchArguments(call, [parameter, parameter]);
    return args && strictCall(plan, args, BOOLEAN);
  };
}

function bindElt(call: BoundCall): Expression | undefined {
  const parameter = kindOfValues(call.args.slice(1));
  const args = matchArguments(call, ['integer', parameter], { repeats: true });
  return args && nullableCall('elt', args, parameter === 'bytes' ? BYTES : STRING);
}

function kindOfValues(args: readonly Expression[]): 'string' | 'bytes' {
  return args.some(({ type }) => type.kind === 'bytes') ? 'bytes' : 'string';
}

function bindPrintf(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'any'], { required: 1, repeats: true });
  return (
    args &&
    nullableCall(
      'printf',
      args.map((arg) => coerce(arg, arg.type)),
      STRING,
    )
  );
}

function bindSubstr(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, two);
  if (args === undefined || !isRegexpFine(call, 1)) return undefined;
  return nullableCall('regexp-extract', [...args, integerLiteral(0n, 'integer')], STRING);
}

function bindTypeOf(call: BoundCall): Expression | undefined {
  const [arg] = matchArguments(call, ['any', 'boolean'], { required: 1 }) ?? [];
  return arg && stringLiteral(formatDataType(arg.type));
}

const hash = (name: string, plan: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512') =>
  define(name, `${name}(text) -> STRING`, `The ${name} digest in hexadecimal.`, {
    plan,
    group: 'hash',
    parameters: one,
  });

export const ENCODING_FUNCTIONS: readonly FunctionDefinition[] = [
  hash('MD5', 'md5'),
  hash('SHA1', 'sha1'),
  hash('SHA224', 'sha224'),
  hash('SHA256', 'sha256'),
  hash('SHA384', 'sha384'),
  hash('SHA512', 'sha512'),
  {
    name: 'SHA2',
    group: 'hash',
    signatures: ['SHA2(text, bits INT) -> STRING'],
    help: 'The SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal.',
    bind: bindSha2,
  },
  {
    name: 'HEX',
    group: 'string',
    signatures: ['HEX(number or text) -> STRING'],
    help: 'The hexadecimal digits, of a text those of its UTF-8 bytes.',
    bind: bindHex,
  },
  define('UNHEX', 'UNHEX(text) -> BYTES', 'The bytes of hexadecimal digits; NULL if they are none.', { plan: 'unhex', parameters: one, result: BYTES, mayBeNull: true }),
  define('TO_BASE64', 'TO_BASE64(text) -> STRING', 'The UTF-8 bytes in base64.', { plan: 'to-base64', parameters: one }),
  define('FROM_BASE64', 'FROM_BASE64(text) -> STRING', 'The text of base64.', { plan: 'from-base64', parameters: one }),
  define('ASCII', 'ASCII(text) -> INT', 'The code of the first character; 0 of an empty text.', { plan: 'ascii', parameters: one, result: INT }),
  define('CHR', 'CHR(code INT) -> STRING', 'The character of a code modulo 256.', { plan: 'chr', parameters: ['integer'] }),
  define('ENCODE', "ENCODE(text, 'UTF-8') -> BYTES", 'The bytes of a text in a character set.', { plan: 'encode', parameters: two, result: BYTES }),
  define('DECODE', "DECODE(bytes, 'UTF-8') -> STRING", 'The text of bytes in a character set.', { plan: 'decode', parameters: ['bytes', 'string'] }),
  define('URL_ENCODE', 'URL_ENCODE(text) -> STRING', 'The text as it stands in a URL.', { plan: 'url-encode', parameters: one }),
  define('URL_DECODE', 'URL_DECODE(text) -> STRING', 'The text that stands in a URL; NULL if it is broken.', { plan: 'url-decode', parameters: one, mayBeNull: true }),
  define('PARSE_URL', "PARSE_URL(url, 'HOST' [, key]) -> STRING", 'A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO; of QUERY one key.', { plan: 'parse-url', parameters: ['string', 'string', 'string'], required: 2, mayBeNull: true }),
  define('OVERLAY', 'OVERLAY(text PLACING by FROM start [FOR length]) -> STRING', 'A part of the text replaced.', { plan: 'overlay', parameters: ['string', 'string', 'integer', 'integer'], required: 3 }),
  define('TRANSLATE', 'TRANSLATE(text, from, to) -> STRING', 'Each character of one list replaced by the one at its place in another.', { plan: 'translate', parameters: ['string', 'string', 'string'] }),
  textOrBytes('ELT', 'ELT(index INT, value, ...) -> value', 'The text, or the bytes, at a place, from 1; NULL if there is none.', bindElt),
  textOrBytes('STARTSWITH', 'STARTSWITH(value, part) -> BOOLEAN', 'Whether a text, or bytes, begin with the part.', edgeTest('starts-with')),
  textOrBytes('ENDSWITH', 'ENDSWITH(value, part) -> BOOLEAN', 'Whether a text, or bytes, end with the part.', edgeTest('ends-with')),
  textTest('IS_ALPHA', 'is-alpha', 'Whether all characters are letters.'),
  textTest('IS_DECIMAL', 'is-decimal', 'Whether the text is a number.'),
  textTest('IS_DIGIT', 'is-digit', 'Whether all characters are digits.'),
  define('REGEXP_COUNT', 'REGEXP_COUNT(text, regex) -> INT', 'How often the regular expression matches.', { plan: 'regexp-count', regexp: 1, parameters: two, result: INT }),
  define('REGEXP_INSTR', 'REGEXP_INSTR(text, regex) -> INT', 'Where the first match begins, from 1; 0 if nowhere.', { plan: 'regexp-instr', regexp: 1, parameters: two, result: INT }),
  define('REGEXP_EXTRACT_ALL', 'REGEXP_EXTRACT_ALL(text, regex [, group INT]) -> ARRAY<STRING>', 'A group (1 unless said) of every match.', { plan: 'regexp-extract-all', regexp: 1, parameters: ['string', 'string', 'integer'], required: 2, result: { kind: 'array', element: STRING, nullable: true } }),
  { name: 'REGEXP_SUBSTR', group: 'string', signatures: ['REGEXP_SUBSTR(text, regex) -> STRING'], help: 'The first match; NULL if none.', bind: bindSubstr },
  { name: 'PRINTF', group: 'string', signatures: ["PRINTF('%s has %d', value, ...) -> STRING"], help: 'Values put into a format of Java (java.util.Formatter); NULL if it does not suit them.', bind: bindPrintf },
  define('UUID', 'UUID() -> STRING', 'A random UUID.', { plan: 'uuid', parameters: [], result: STRING }),
  { name: 'CURRENT_DATABASE', group: 'conditional', signatures: ['CURRENT_DATABASE() -> STRING'], help: 'The database tables are in; there is one.', bind: (call) => matchArguments(call, []) && stringLiteral('default_database') },
  { name: 'TYPEOF', group: 'conditional', signatures: ['TYPEOF(value [, forCatalog BOOLEAN]) -> STRING'], help: 'The type of an expression, as text.', bind: bindTypeOf },
]; // biome-ignore format: a table
