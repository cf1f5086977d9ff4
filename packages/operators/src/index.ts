export { compilePredicate, compileProjection, type Predicate, type Projection } from './expression/compile.ts';
export {
  compileRowPredicate,
  compileRowTime,
  type RowPredicate,
  type RowSlots,
  type RowTime,
} from './expression/row-predicate.ts';
export { createOperator } from './from-plan.ts';
export { TimeZone } from './function/time-zone.ts';
export { type ValveOutput, WatermarkValve } from './watermark/combine.ts';
