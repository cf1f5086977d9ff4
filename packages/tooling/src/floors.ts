/**
 * The floor plan: who may import whom, from the ground up. A name with a slash is a door: one public
 * sub-path of a package whose other rooms stay closed. Packages on one floor never import each other.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/model': [],
  'packages/local-postgres': [],
  'packages/kafka-protocol': [],
  'packages/tooling': [],
  'packages/plan': ['model'],
  'packages/protocol': ['model'],
  'packages/batch': ['model'],
  'packages/ui': ['model'],
  'packages/contracts': ['model', 'plan', 'batch'],
  'packages/sql': ['model', 'plan'],
  'packages/operators': ['model', 'plan', 'batch', 'contracts'],
  'packages/resource-manager': ['model'],
  'packages/connectors': ['model', 'batch', 'contracts', 'kafka-protocol'],
  'packages/state': ['model', 'batch', 'contracts'],
  'packages/telemetry': ['model', 'contracts'],
  'packages/database': ['model'],
  'packages/broker': ['kafka-protocol'],
  'packages/engine-dataflow': ['model', 'plan', 'batch', 'contracts', 'operators'],
  'packages/runtime': [
    'model',
    'plan',
    'batch',
    'protocol',
    'contracts',
    'operators',
    'connectors',
    'state',
    'telemetry',
    'engine-dataflow',
  ],
  'packages/testing': ['model', 'plan', 'batch', 'contracts', 'local-postgres', 'state'],
  'apps/portal': [
    'model',
    'plan',
    'protocol',
    'sql',
    'database',
    'telemetry',
    'ui',
    'resource-manager',
    'connectors/options',
    'connectors/browse',
    'engine-dataflow/planner',
  ],
  'apps/scheduler': ['model', 'plan', 'protocol', 'contracts', 'resource-manager', 'database', 'telemetry'],
  'apps/agent': ['model', 'protocol', 'contracts', 'telemetry'],
  'apps/standalone': ['model', 'plan', 'sql', 'database', 'local-postgres', 'telemetry'],
};

/** Tests may import what they test plus these: the harness, and real servers to run against. */
export const TESTS_MAY_IMPORT: readonly string[] = [
  'testing',
  'local-postgres',
  'broker',
  'state',
  'connectors',
  'operators',
  'sql',
];
