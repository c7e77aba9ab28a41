export { canRead, canSee, readsOnly } from './can-read.ts'
export type { Reader } from './can-read.ts'
export { describeField } from './describe-field.ts'
export { describeObject } from './describe-object.ts'
export { localizeLabels, relatedColumns } from './describe-screens.ts'
export { maskOf } from './mask-of.ts'
export {
  compileRights,
  isShown,
  isTold,
  narrowerAccess,
  mayChooseType,
  reachesAll,
  unlimitedRights,
} from './rights.ts'
export type { ObjectAccess, RecordRight, Rights, Scopes } from './rights.ts'
