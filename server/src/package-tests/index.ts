export { PackageTests, type TestLimits } from './package-tests.ts'
