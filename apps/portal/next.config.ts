import type { NextConfig } from 'next';

/** Workspace packages come as TypeScript source; drivers and native modules stay outside the bundle. */
const config: NextConfig = {
  transpilePackages: [
    '@millrace/batch',
    '@millrace/connectors',
    '@millrace/contracts',
    '@millrace/database',
    '@millrace/engine-dataflow',
    '@millrace/model',
    '@millrace/operators',
    '@millrace/plan',
    '@millrace/protocol',
    '@millrace/resource-manager',
    '@millrace/sql',
    '@millrace/telemetry',
    '@millrace/ui',
  ],
  serverExternalPackages: [
    '@prisma/client',
    '@prisma/adapter-pg',
    'pg',
    '@node-rs/argon2',
    '@node-rs/crc32',
    'kafkajs',
    'pino',
  ],
  poweredByHeader: false,
  reactStrictMode: true,
  typescript: { ignoreBuildErrors: true },
};

export default config;
