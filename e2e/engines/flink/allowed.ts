/** Expressions that are something else in Flink, and why they may be. */
export const EXPRESSIONS: ReadonlyMap<string, string> = new Map([]);

/** Queries that Flink answers otherwise, and why they may be. */
export const QUESTIONS: ReadonlyMap<string, string> = new Map([]);
