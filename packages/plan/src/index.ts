export * from './dead-letter.ts';
export * from './explain.ts';
export * from './expression.ts';
export * from './logical-plan.ts';
export * from './physical-plan.ts';
export * from './scalar-function.ts';
export { parseLogicalPlan } from './validate.ts';
