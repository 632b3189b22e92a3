/** Prints the closing line of a CI run from jest's report, and fails when anything did. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
})

const [file = '', checks = '0', status = '0'] = process.argv.slice(2)
const CHECKS = 5
const failedChecks = Number(checks)
let report: z.infer<typeof Report>
try {
  report = Report.parse(JSON.parse(readFileSync(file, 'utf8')))
} catch {
  console.log(`${CHECKS - failedChecks} passed, ${failedChecks + 1} failed, 0 skipped`)
  process.exit(1)
}
const failed = report.numFailedTests + report.numRuntimeErrorTestSuites + failedChecks
const passed = report.numPassedTests + CHECKS - failedChecks
console.log(`${passed} passed, ${failed} failed, ${report.numPendingTests} skipped`)
process.exit(failed > 0 || status !== '0' ? 1 : 0)
