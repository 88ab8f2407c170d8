// The peer of bench_policy.py: npm's @cloud-copilot/iam-simulate on the same policy and requests.
//
// Reads {folder, policy, requests, account, seconds} as JSON from its standard input and writes
// {version, decisions, perSecond} to its standard output. The package is looked for in `folder`
// (where `npm install` was run) and then in NODE_PATH; exit status 3 says that it is in neither.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const PACKAGE = '@cloud-copilot/iam-simulate'
const { folder, policy, requests, account, seconds } = JSON.parse(readFileSync(0, 'utf8'))

const require = createRequire(folder ? join(folder, 'any.js') : import.meta.url)
let entry
try {
  entry = require.resolve(PACKAGE)
} catch {
  process.exit(3)
}
// Without checks of its input: the fastest that the package offers.
const { runUnsafeSimulation } = require(PACKAGE)
const root = entry.slice(0, entry.lastIndexOf(PACKAGE) + PACKAGE.length)
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const simulations = requests.map(({ action, resource, principal, context }) => ({
  request: {
    action,
    principal,
    resource: { resource, accountId: account },
    contextVariables: context
  },
  identityPolicies: [{ name: 'ten', policy }],
  serviceControlPolicies: [],
  resourceControlPolicies: []
}))

const evaluateAll = () => simulations.map((simulation) => runUnsafeSimulation(simulation, {}))

function rate(time) {
  const start = performance.now()
  let done = 0
  let passed
  do {
    done += evaluateAll().length
    passed = performance.now() - start
  } while (passed < time)
  return (1000 * done) / passed
}

const decisions = evaluateAll()
const third = (1000 * seconds) / 3
rate(third) // the compiler of the engine warms up
const perSecond = Math.max(rate(third), rate(third), rate(third))
process.stdout.write(JSON.stringify({ version, decisions, perSecond }))
