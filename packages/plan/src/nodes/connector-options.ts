/** Names of connector options as written in WITH (...), Flink's names. */
export type ConnectorOptions = Readonly<Record<string, string>>;
