/** What `sasl.jaas.config` says about signing in with a password. Holds a secret: never log it. */
export interface JaasLogin {
  readonly mechanisms: readonly string[];
  readonly username: string;
  readonly password: string;
}

/** The login modules of Kafka's own client that take a password, also as Flink's SQL connector jar shades them. No other is accepted. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  'plain.PlainLoginModule': ['PLAIN'],
  'scram.ScramLoginModule': ['SCRAM-SHA-256', 'SCRAM-SHA-512'],
};
const MODULE = /^(?:org\.apache\.flink\.kafka\.shaded\.)?org\.apache\.kafka\.common\.security\.((?:plain|scram)\.\w+)$/;

/**
 * `<module> required username="..." password="...";` (the syntax of `javax.security.auth.login.Configuration`,
 * values in double quotes with backslash escapes). Undefined when it is anything else.
 */
export function parseJaas(text: string): JaasLogin | undefined {
  const match = /^\s*([\w.]+)\s+required((?:\s+\w+\s*=\s*"(?:[^"\\]|\\.)*")*)\s*;\s*$/.exec(text);
  if (match === null) return undefined;
  const [, module = '', entries = ''] = match;
  const mechanisms = MODULES[MODULE.exec(module)?.[1] ?? ''];
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of entries.matchAll(/(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"/g)) {
    values.set(name, value.replace(/\\(.)/g, '$1'));
  }
  const username = values.get('username');
  const password = values.get('password');
  if (mechanisms === undefined || username === undefined || password === undefined || values.size !== 2)
    return undefined;
  return { mechanisms, username, password };
}
