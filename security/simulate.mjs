// Lets @cloud-copilot/iam-simulate decide requests. Standard input: {"documents": {name: policy}, "cases": [...]}, a case being
// {"action", "resource", "context", "identity": [names], "own": name or "", "endpoint": name or ""}.
// Standard output: the answers in the order of the cases: "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", or "error: ...".
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const { account, documents, cases } = JSON.parse(readFileSync(0, 'utf8'))
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const NO_SUCH_REQUEST = ['no.resource.types', 'must.use.wildcard', 'multiple.resource.types']
const organisation = [{ orgIdentifier: 'root', policies: [{ name: 'FullAWSAccess', policy: everything }] }]
// That AWS knows no such request follows from action and resource alone.
const unknown = new Map()

async function decide(each) {
  const pair = `${each.action} ${each.resource}`
  if (unknown.has(pair)) return unknown.get(pair)
  const answer = await runSimulation(
    {
      request: {
        principal: each.principal,
        action: each.action,
        resource: { resource: each.resource, accountId: account },
        contextVariables: each.context
      },
      identityPolicies: each.identity.map((name) => ({ name, policy: documents[name] })),
      resourcePolicy: each.own ? documents[each.own] : undefined,
      vpcEndpointPolicies: each.endpoint ? [{ name: each.endpoint, policy: documents[each.endpoint] }] : undefined,
      serviceControlPolicies: organisation,
      resourceControlPolicies: []
    },
    {}
  )
  if (answer.resultType !== 'error') return answer.overallResult
  if (NO_SUCH_REQUEST.includes(answer.errors.message)) unknown.set(pair, `error: ${answer.errors.message}`)
  return `error: ${answer.errors.message}`
}

const answers = []
for (const each of cases) answers.push(await decide(each))
process.stdout.write(JSON.stringify(answers))
