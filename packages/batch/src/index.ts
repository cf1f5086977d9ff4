export * from './batch-builder.ts';
export * from './column.ts';
export * from './hash.ts';
export * from './record-batch.ts';
export * from './string-column.ts';
export * from './value.ts';
