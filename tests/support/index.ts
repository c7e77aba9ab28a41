export { findChromium, launchChromium } from './chromium.ts'
export { describeWithChromium } from './describe-with-chromium.ts'
export { describeWithSharedData } from './describe-with-shared-data.ts'
export { LiveServer } from './live-server.ts'
export { findPgbouncer } from './find-pgbouncer.ts'
export { hasSharedData, sharedDataPath } from './shared-data.ts'
export {
  type Piece,
  type Pieces,
  publishPieces,
  publishWorld,
  type Put,
  stagePieces,
} from './publish.ts'
export { makeRecord } from './make-record.ts'
export { cookieOf, renewed } from './renewed.ts'
export { type CommandResult, runCrm } from './run-crm.ts'
export { ROOT_DIR, testConfig } from './test-config.ts'
export {
  createDatabase,
  type CreateDatabaseOptions,
  pooledUrlOf,
  type TestDatabase,
} from './test-database.ts'
export type { TemplateName } from './templates.ts'
export {
  type Answer,
  type App,
  type Call,
  Caller,
  startTestServer,
  type TestServer,
  type TestUser,
} from './test-server.ts'
export { runTestImport, sendForm, sendImport, type TestForm, whenFinished } from './upload.ts'
export { type WorkbookCell, workbookOf } from './workbook.ts'
