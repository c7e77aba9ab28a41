export { compileInTurns, compileModel } from './compile-model.ts'
export type { Compiled } from './compile-model.ts'
export type { Turns } from './turns.ts'
export { isMoney, PLATFORM_APP, RATE } from './corporate-currency.ts'
export { derivationOrder } from './check-field.ts'
export { isTestExpression, referredObjects } from './check-test.ts'
export * from './diff-models.ts'
export { diffRenamed, type RenamedBefore } from './diff-renamed.ts'
export { findConflicts, type PatchConflict, valueAt } from './find-conflicts.ts'
export {
  asksWhoReads,
  formulaDigits,
  formulaValue,
  type ReadPaths,
  readPaths,
  withFormulas,
} from './formula-values.ts'
export { type FormulaDependent, formulaDependents } from './formula-dependents.ts'
export { expressionOf, replaceFields } from './formula-tree.ts'
export { findRenames, isRenaming, isRule, type Renames } from './find-renames.ts'
export {
  isRenamed,
  type RenameAsked,
  renameComponents,
  renamedComponent,
  renamedField,
  type RenameInTemplate,
  renamingOf,
} from './rename-components.ts'
export { mapReferences, type ReferenceMap } from './map-references.ts'
export { computedRank } from './field-dependencies.ts'
export { MAX_HOPS, objectScope, ownFields, resolveFieldPath, settledPath } from './field-path.ts'
export type { ExpressionUse, ResolvedPath } from './field-path.ts'
export {
  controllingFields,
  describeLookupFilter,
  filterOfRecord,
  RECORD_PREFIX,
} from './lookup-filter.ts'
export * from './model.ts'
export * from './overlay-patches.ts'
export { type PersonalData, personalData, personalFields } from './personal-data.ts'
export { allRollUps, isRollUp, rollUpsOf } from './resolve-roll-ups.ts'
export type { RollUpField } from './resolve-roll-ups.ts'
