export type { AuditCaller, AuditEntry, StoredEntry } from './audit-entry.ts'
export {
  type Checkpoint,
  CheckpointsDamaged,
  checkpointsFile,
  loadCheckpoints,
  noteCheckpoint,
} from './checkpoints.ts'
export { isHidden } from './find-hidden.ts'
export { type AuditQuery, entryId, loadAudit } from './load-audit.ts'
export { appendEntries, callerOf, recordAudit } from './record-audit.ts'
export { Refusals, type Refusal } from './refusals.ts'
export { type AuditFindings, type BrokenLink, verifyAudit } from './verify-audit.ts'
