export { createDataflowEngine } from './engine.ts';
export type { CreateOperator } from './tasks/create-operator.ts';
