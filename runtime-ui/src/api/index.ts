export { ApiError, isApiError } from './api-error.ts'
export * from './approvals.ts'
export * from './delegations.ts'
export * from './duplicates.ts'
export * from './exports.ts'
export * from './files.ts'
export {
  type Answer,
  type ApiSettings,
  apiUrl,
  configureApi,
  get,
  isAbort,
  post,
  request,
  type RequestOptions,
  setCsrfToken,
} from './http.ts'
export * from './imports.ts'
export * from './metadata.ts'
export * from './query-keys.ts'
export * from './records.ts'
export * from './sessions.ts'
export * from './sharing.ts'
