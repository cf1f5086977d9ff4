import type { DataType } from '@millrace/model';
import type { Expression, ScalarFunction } from '@millrace/plan';
import { bindArithmetic } from '../bind/arithmetic.ts';
import { coerce } from '../bind/coerce.ts';
import { isInteger, roundedDecimal } from '../bind/type-rule.ts';
import { bindDateTrunc } from './datetime-unit.ts';
import { type BoundCall, type FunctionDefinition, matchArguments, strictCall } from './definition.ts';
import { define } from './plain-function.ts';

const DOUBLE: DataType = { kind: 'double', nullable: true };
const INT: DataType = { kind: 'integer', nullable: true };

/** Computed and returned in DOUBLE. */
function ofDouble(name: string, plan: ScalarFunction, help: string): FunctionDefinition {
  return {
    name,
    group: 'math',
    signatures: [`${name}(number) -> DOUBLE`],
    help,
    bind(call) {
      const args = matchArguments(call, ['double']);
      return args && strictCall(plan, args, DOUBLE);
    },
  };
}

/** CEIL and FLOOR: DECIMAL(p, s) becomes DECIMAL(p, 0); with TO unit they cut a time. */
function toWhole(name: 'CEIL' | 'FLOOR', plan: 'ceil' | 'floor', help: string): FunctionDefinition {
  return {
    name,
    group: 'math',
    signatures: [`${name}(number) -> number`, `${name}(timestamp TO unit) -> TIMESTAMP`],
    help,
    bind(call) {
      if (call.args.length === 2) return bindDateTrunc(call, name);
      const args = matchArguments(call, ['numeric']);
      const arg = args?.[0];
      if (arg === undefined) return undefined;
      if (isInteger(arg.type)) return arg;
      return strictCall(plan, [arg], arg.type.kind === 'decimal' ? { ...arg.type, scale: 0 } : arg.type);
    },
  };
}

/** ROUND and TRUNCATE: the result has the digits asked for when they are a constant. */
function toDigits(name: 'ROUND' | 'TRUNCATE', plan: 'round' | 'truncate', help: string): FunctionDefinition {
  return {
    name,
    group: 'math',
    signatures: [`${name}(number [, digits INT]) -> number`],
    help,
    bind(call) {
      const args = matchArguments(call, ['numeric', 'integer'], { required: 1 });
      const [arg, digits] = args ?? [];
      if (args === undefined || arg === undefined) return undefined;
      const count = digits === undefined ? 0 : digits.kind === 'literal' ? Number(digits.value) : undefined;
      const type = arg.type.kind === 'decimal' && count !== undefined ? roundedDecimal(arg.type, count) : arg.type;
      return strictCall(plan, args, type);
    },
  };
}

function sameType(name: string, plan: ScalarFunction, help: string): FunctionDefinition {
  return {
    name,
    group: 'math',
    signatures: [`${name}(number) -> number`],
    help,
    bind(call) {
      const args = matchArguments(call, ['numeric']);
      return args && strictCall(plan, args, args[0]?.type ?? INT);
    },
  };
}

export const MATH_FUNCTIONS: readonly FunctionDefinition[] = [
  sameType('ABS', 'abs', 'The value without its sign.'),
  sameType('SIGN', 'sign', '-1, 0 or 1.'),
  toWhole(
    'CEIL',
    'ceil',
    'The smallest whole number that is not less; with TO, the start of the next unit unless one starts there.',
  ),
  toWhole('FLOOR', 'floor', 'The greatest whole number that is not greater; with TO, the start of the unit.'),
  toDigits('ROUND', 'round', 'Rounded half up to digits after the point (0 if not given).'),
  toDigits('TRUNCATE', 'truncate', 'Cut to digits after the point (0 if not given).'),
  {
    name: 'MOD',
    group: 'math',
    signatures: ['MOD(a, b) -> number'],
    help: 'The remainder of a / b, with the sign of a.',
    bind(call) {
      const [left, right] = matchArguments(call, ['numeric', 'numeric']) ?? [];
      return left && right && bindArithmetic('%', left, right, call.span, call.report);
    },
  },
  {
    name: 'POWER',
    group: 'math',
    signatures: ['POWER(base, exponent) -> DOUBLE'],
    help: 'The base to the power of the exponent.',
    bind(call) {
      const args = matchArguments(call, ['double', 'double']);
      return (
        args &&
        strictCall(
          'power',
          args.map((arg) => coerce(arg, DOUBLE)),
          DOUBLE,
        )
      );
    },
  },
  ofDouble('SQRT', 'sqrt', 'The square root.'),
  ofDouble('EXP', 'exp', 'e to the power of the number.'),
  ofDouble('LN', 'ln', 'The natural logarithm.'),
  ofDouble('LOG10', 'log10', 'The logarithm to base 10.'),
  ofDouble('LOG2', 'log2', 'The logarithm to base 2.'),
  {
    name: 'LOG',
    group: 'math',
    signatures: ['LOG(number) -> DOUBLE', 'LOG(base, number) -> DOUBLE'],
    help: 'The natural logarithm, or the one to a base.',
    bind: bindLog,
  },
  ofDouble('SIN', 'sin', 'The sine of an angle in radians.'),
  ofDouble('COS', 'cos', 'The cosine of an angle in radians.'),
  ofDouble('TAN', 'tan', 'The tangent of an angle in radians.'),
  ofDouble('COT', 'cot', 'The cotangent of an angle in radians.'),
  ofDouble('SINH', 'sinh', 'The hyperbolic sine.'),
  ofDouble('COSH', 'cosh', 'The hyperbolic cosine.'),
  ofDouble('TANH', 'tanh', 'The hyperbolic tangent.'),
  ofDouble('ASIN', 'asin', 'The angle in radians whose sine is given.'),
  ofDouble('ACOS', 'acos', 'The angle in radians whose cosine is given.'),
  ofDouble('ATAN', 'atan', 'The angle in radians whose tangent is given.'),
  define('ATAN2', 'ATAN2(y, x) -> DOUBLE', 'The angle in radians of the point (x, y).', {
    plan: 'atan2',
    group: 'math',
    parameters: ['double', 'double'],
    result: DOUBLE,
  }),
  ofDouble('DEGREES', 'degrees', 'Radians as degrees.'),
  ofDouble('RADIANS', 'radians', 'Degrees as radians.'),
  constant('PI', Math.PI, 'The ratio of a circle to its diameter.'),
  constant('E', Math.E, 'The base of the natural logarithm.'),
  define('BIN', 'BIN(number BIGINT) -> STRING', 'The binary digits.', {
    plan: 'bin',
    group: 'math',
    parameters: ['bigint'],
  }),
  define(
    'RAND',
    'RAND([seed INT]) -> DOUBLE',
    'A random number from 0 to below 1; with a seed always the same sequence.',
    {
      plan: 'rand',
      group: 'math',
      parameters: ['integer'],
      required: 0,
      result: DOUBLE,
    },
  ),
  {
    name: 'RAND_INTEGER',
    group: 'math',
    signatures: ['RAND_INTEGER([seed INT,] below INT) -> INT'],
    help: 'A random whole number from 0 to below the bound; with a seed always the same sequence.',
    bind(call) {
      const args = matchArguments(call, ['integer', 'integer'], { required: 1 });
      return args && strictCall('rand-integer', args, INT);
    },
  },
];

function bindLog(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['double', 'double'], { required: 1 });
  const [first, second] = (args ?? []).map((arg) => strictCall('ln', [coerce(arg, DOUBLE)], DOUBLE));
  if (first === undefined || second === undefined) return first;
  return strictCall('/', [second, first], DOUBLE);
}

function constant(name: string, value: number, help: string): FunctionDefinition {
  const literal: Expression = { kind: 'literal', value, type: { kind: 'double', nullable: false } };
  return {
    name,
    group: 'math',
    signatures: [`${name}() -> DOUBLE`],
    help,
    bind: (call) => matchArguments(call, []) && literal,
  };
}
