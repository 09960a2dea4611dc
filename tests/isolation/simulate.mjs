// Answers IAM requests from standard input, one JSON object {roles, resources, requests}, with an array of true and false.
// A request is [role, action, resource, context, key of a resource's policy or null]. The first of each role, of each action and
// with each such policy are simulated with every check of the simulator: what AWS would not know ends the run. An action or a
// kind of resource that only the simulator does not know is one that AWS has had since: who asks has a younger list.
// A role that is called as a service of AWS (config.amazonaws.com) is that service, which has no policies of its own.
import { createValidatedPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import { text } from 'node:stream/consumers'

// The simulator compares names by this, and half of its time goes into making a collator each time: one is enough.
const { compare } = new Intl.Collator(undefined, { sensitivity: 'accent' })
const { localeCompare } = String.prototype
String.prototype.localeCompare = function (other, locales, options) {
  const usual = locales === undefined && options?.sensitivity === 'accent' && Object.keys(options).length === 1
  return usual ? compare(String(this), other) : localeCompare.call(this, other, locales, options)
}

const { account, roles, resources, requests } = JSON.parse(await text(process.stdin))
const named = (name, document) => createValidatedPolicy(document, validateResourcePolicy, { name })
const policies = Object.fromEntries(Object.entries(resources).map(([name, document]) => [name, named(name, document)]))
const younger = new Set(['invalid.action', 'no.resource.types'])
const checked = new Set()
const answers = []
for (const [role, action, resource, contextVariables, policy] of requests) {
  const simulation = {
    request: {
      principal: role.endsWith('.amazonaws.com') ? role : `arn:aws:sts::${account}:assumed-role/${role}/session`,
      action,
      resource: { resource, accountId: account },
      contextVariables
    },
    identityPolicies: (roles[role] ?? []).map((document, index) => ({ name: `${role}-${index}`, policy: document })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(policy === null ? {} : { resourcePolicy: policies[policy] })
  }
  const shapes = [role, action, policy]
  if (!shapes.every((shape) => checked.has(shape))) {
    const result = await runSimulation(simulation, {})
    if (result.resultType === 'error' && !younger.has(result.errors.message)) {
      throw new Error(`${role} ${action} ${resource}: ${JSON.stringify(result.errors)}`)
    }
    for (const shape of shapes) checked.add(shape)
  }
  answers.push(runUnsafeSimulation(simulation, {}) === 'Allowed')
}
process.stdout.write(JSON.stringify(answers))
