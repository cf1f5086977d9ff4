export * from './application-master.ts';
export * from './connector-settings.ts';
export * from './container-config.ts';
export * from './job-spec.ts';
export * from './preview.ts';
export * from './resource-tracker.ts';
export * from './wake-up.ts';
