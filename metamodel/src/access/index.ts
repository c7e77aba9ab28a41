export {
  canRead,
  describeField,
  describeObject,
  localizeLabels,
  relatedColumns,
} from './describe-object.ts'
export type { Reader } from './describe-object.ts'
export { compileRights, unlimitedRights } from './rights.ts'
export type { ObjectAccess, Rights } from './rights.ts'
