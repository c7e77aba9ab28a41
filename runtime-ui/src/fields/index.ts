export { default as FieldInput } from './FieldInput.vue'
export { default as FieldView } from './FieldView.vue'
export { default as NearInput } from './NearInput.vue'
export { formatGeolocation } from './format-geolocation.ts'
export { fieldLook } from './field-look.ts'
export { type FieldLook, registerFieldLook } from './look-registry.ts'
export type {
  FieldInputEmits,
  FieldInputProps,
  FieldViewProps,
  RecordPlace,
} from './field-props.ts'
export { daysBetween, formatAgo, formatDate, formatDatetime } from './format-date.ts'
export {
  formatMoney,
  formatNumber,
  formatShort,
  formatShortMoney,
  parseTypedNumber,
} from './format-number.ts'
export { formatValue, isNumericType, valueOf } from './format-value.ts'
export { type PendingUploads, providePendingUploads } from './pending-uploads.ts'
export {
  type DataPort,
  dataPortKey,
  type FieldContext,
  fieldContextKey,
  type FoundRecord,
  useDataPort,
  useFieldContext,
} from './ports.ts'
export { asReference, isReferenceField, targetOf, writableValue } from './reference.ts'
export { momentOf, today, wallClock } from './zoned-time.ts'
