import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

/** The schema is this folder: schema.prisma and models/. */
export default defineConfig({ schema: fileURLToPath(new URL('.', import.meta.url)) });
