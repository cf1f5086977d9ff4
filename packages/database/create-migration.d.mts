export function createMigration(name: string, url: string): Promise<string | undefined>;
