import type { DataType } from '@millrace/model';
import type { ConnectorDescription, OptionDescription, OptionIssue, Role } from './description.ts';
import { parseDurationMs } from './duration.ts';
import { nearest } from './nearest.ts';
import { parseSizeBytes } from './size.ts';

type Options = Readonly<Record<string, string>>;

/** Everything wrong with the options of a table used in `role`; empty when they are good. Unknown names are refused, never ignored. */
export function checkDescribed(
  connector: ConnectorDescription,
  options: Options,
  role: Role,
  columns?: ReadonlyMap<string, DataType>,
): OptionIssue[] {
  if (!connector.roles.includes(role)) {
    const message =
      role === 'lookup'
        ? `'${connector.name}' cannot be asked for rows by key`
        : `'${connector.name}' cannot be used as a ${role}`;
    return [{ option: 'connector', reason: 'invalid', message }];
  }
  const issues: OptionIssue[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (name === 'connector') continue;
    const description = describedBy(connector, name);
    if (description === undefined) issues.push(unknownOption(connector, name));
    else {
      const message = invalidValue(description, value);
      if (message !== undefined) issues.push({ option: name, reason: 'invalid', message });
    }
  }
  for (const option of connector.options) {
    if (option.required && applies(option, role) && options[option.name] === undefined) {
      const message = `option '${option.name}' is required: ${option.help}`;
      issues.push({ option: option.name, reason: 'missing', message });
    }
  }
  return issues.length === 0 ? [...(connector.check?.(options, role, columns) ?? [])] : issues;
}

/** The description a concrete option name falls under, placeholders included. */
export function describedBy(connector: ConnectorDescription, name: string): OptionDescription | undefined {
  return connector.options.find((option) => option.name === name || placeholderOf(option, name) !== undefined);
}

/** The text that stands for the placeholder: `amount` for `fields.amount.kind` under `fields.<field>.kind`. */
export function placeholderOf(option: Pick<OptionDescription, 'name'>, name: string): string | undefined {
  const match = /^(.*)<[a-z-]+>(.*)$/.exec(option.name);
  if (match === null) return undefined;
  const [, before = '', after = ''] = match;
  const fits = name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length;
  return fits ? name.slice(before.length, name.length - after.length) : undefined;
}

function applies(option: OptionDescription, role: Role): boolean {
  return option.role === 'both' || option.role === role;
}

function unknownOption(connector: ConnectorDescription, name: string): OptionIssue {
  const names = connector.options.map((option) => option.name);
  const guess = nearest(name, names);
  const hint = guess === undefined ? `allowed are ${names.join(', ')}` : `did you mean '${guess}'?`;
  const message = `connector '${connector.name}' has no option '${name}'; ${hint}`;
  return { option: name, reason: 'unknown', message, ...(guess === undefined ? {} : { guess }) };
}

function invalidValue(option: OptionDescription, value: string): string | undefined {
  const got = option.secret === true ? 'what was given' : `'${value}'`;
  switch (option.kind) {
    case 'string':
      return value === '' && option.mayBeEmpty !== true ? `option '${option.name}' must not be empty` : undefined;
    case 'enum':
      return option.values?.includes(value) === true ? undefined : enumMessage(option, value);
    case 'boolean':
      return value === 'true' || value === 'false'
        ? undefined
        : `option '${option.name}' takes true or false, not ${got}`;
    case 'duration':
      return parseDurationMs(value) === undefined
        ? `option '${option.name}' takes a duration such as '10 s' or '500 ms', not ${got}`
        : undefined;
    case 'size':
      return parseSizeBytes(value) === undefined
        ? `option '${option.name}' takes a size such as '128MB' or '64 kb', not ${got}`
        : undefined;
    case 'int':
    case 'number':
      return numberMessage(option, value);
  }
}

function enumMessage(option: OptionDescription, value: string): string {
  const values = option.values ?? [];
  const guess = nearest(value, values);
  const hint = guess === undefined ? '' : `; did you mean '${guess}'?`;
  return `option '${option.name}' takes ${values.map((each) => `'${each}'`).join(', ')}, not '${value}'${hint}`;
}

function numberMessage(option: OptionDescription, value: string): string | undefined {
  const number = Number(value);
  const { min = -Infinity, max = Infinity } = option;
  const whole = option.kind === 'number' || Number.isSafeInteger(number);
  if (value.trim() !== '' && Number.isFinite(number) && whole && number >= min && number <= max) return undefined;
  const bounds = [min > -Infinity ? `at least ${min}` : '', max < Infinity ? `at most ${max}` : ''].filter(Boolean);
  const kind = option.kind === 'int' ? 'a whole number' : 'a number';
  return `option '${option.name}' takes ${kind}${bounds.length > 0 ? ` (${bounds.join(', ')})` : ''}, not '${value}'`;
}
