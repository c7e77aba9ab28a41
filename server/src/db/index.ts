export { DataDirInUse } from './data-lock.ts'
export {
  lastRotation,
  loadSealKeys,
  loadSecret,
  readSealKeys,
  rotateSealKey,
} from './data-secret.ts'
export {
  DatabaseUnavailable,
  type DatabaseRefusal,
  hasSqlState,
  isRetryable,
  refusalOf,
} from './database-error.ts'
export type {
  AloneOptions,
  ConnectionCounts,
  Database,
  Isolation,
  Queryable,
  TextRow,
  Transaction,
  TransactionOptions,
  Unlisten,
} from './database.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
export { connectQuery, sessionSettings } from './pooler.ts'
export { runningDatabaseUrl } from './running-database.ts'
export { loadTenants, MAIN_TENANT, migrate, type MigrateOptions, type Tenant } from './migrate.ts'
export { Nodes, unknownNode } from './nodes.ts'
export { type DatabaseConfig, openDatabase, type OpenDatabaseOptions } from './open-database.ts'
export { asJson, type NamedRead, type SqlText, type Statement, toSqlText } from './statement.ts'
export { TenantDatabase } from './tenant-database.ts'
export { toRfc3339 } from './type-parsers.ts'
