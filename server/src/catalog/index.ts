export * from './change-sets.ts'
export { loadHead, loadLayers } from './component-store.ts'
export { countBreaking } from './count-breaking.ts'
export { CurrentModel, loadRelease } from './current-model.ts'
export { estimateRows } from './estimate-rows.ts'
export { abortPublish, resumePublish } from './end-publish.ts'
export * from './edit-session.ts'
export { examine, examineTables } from './doctor.ts'
export type { Finding } from './obstacle.ts'
export * from './install-package.ts'
export { type Edit, flatten, isAt, layerOf, type Layers, withEdits } from './layers.ts'
export { type PackageFiles, readComponent, readPackage, writePackage } from './package-files.ts'
export { isLarge, PUBLISH_TOPIC } from './order-job.ts'
export { openPackage } from './open-package.ts'
export { planPublish } from './plan-publish.ts'
export type { Preview, PublishTarget } from './prepare-publish.ts'
export * from './preview-publish.ts'
export { problemsError } from './publish-failures.ts'
export * from './publish.ts'
export type { JobStep, PublishJob } from './publish-job.ts'
export {
  loadJob,
  loadJobOfSet,
  loadJobSteps,
  loadJobUnderWay,
  PUBLISH_CHANNEL,
} from './publish-job-store.ts'
export { planRename, type RenameOrder } from './rename-component.ts'
export { rollBack } from './roll-back.ts'
export { purge, type Purged } from './purge.ts'
export { PURGE_TOPIC, runPublish, UNDO_DAYS } from './run-publish.ts'
export { type FormulaAsked, tryFormula } from './try-formula.ts'
export { type Choice, settleConflicts } from './settle-conflicts.ts'
export { unzipPackage } from './unzip-package.ts'
