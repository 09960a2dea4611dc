// Answers IAM requests from standard input, one JSON object {roles, resources, requests}, with an array of true and false.
// A request is [role, action, resource, context, key of a resource's policy or null]. Those with such a policy, and the first of
// each role and action, are simulated with every check of the simulator: what AWS would not know ends the run.
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import { text } from 'node:stream/consumers'

const { account, roles, resources, requests } = JSON.parse(await text(process.stdin))
const checked = new Set()
const answers = []
for (const [role, action, resource, contextVariables, policy] of requests) {
  const simulation = {
    request: {
      principal: `arn:aws:sts::${account}:assumed-role/${role}/session`,
      action,
      resource: { resource, accountId: account },
      contextVariables
    },
    identityPolicies: roles[role].map((document, index) => ({ name: `${role}-${index}`, policy: document })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(policy === null ? {} : { resourcePolicy: resources[policy] })
  }
  const shape = `${role} ${action}`
  if (policy !== null || !checked.has(shape)) {
    const result = await runSimulation(simulation, {})
    if (result.resultType === 'error') throw new Error(`${shape}: ${JSON.stringify(result.errors)}`)
    checked.add(shape)
    answers.push(result.overallResult === 'Allowed')
  } else answers.push((await runUnsafeSimulation(simulation, {})) === 'Allowed')
}
process.stdout.write(JSON.stringify(answers))
