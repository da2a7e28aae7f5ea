import type { OffsiteTarget } from '../../ports/offsite.ts';
import type { Ports } from '../../ports/ports.ts';
import { finding, type HealthFinding } from '../health/health-finding.ts';
import { withTarget } from '../offsite/use-target.ts';
import type { DoctorCheck, DoctorContext } from './doctor-check.ts';

export const targetsCheck: DoctorCheck = {
  name: 'targets',
  async run(context) {
    const targets = (await context.ports.targets?.()) ?? [];
    if (targets.length === 0) return { found: 'none: no copies leave this machine', findings: [] };
    const findings: HealthFinding[] = [];
    for (const target of targets) findings.push(...(await checkTarget(target, context)));
    const names = targets.map(({ name, kind }) => (name === kind ? name : `${name} (${kind})`)).join(', ');
    const asked = context.asksTargets ? 'each was asked' : 'not asked whether they can be reached (--remote)';
    return { found: `${names}; ${asked}`, findings };
  },
};

async function checkTarget(
  target: OffsiteTarget,
  { ports, settings, asksTargets }: DoctorContext,
): Promise<readonly HealthFinding[]> {
  const faults = target.policyFaults.filter((fault) => !settings.policyFaults.includes(fault));
  const warnings = await lookAt(target, ports, asksTargets);
  // What makes it unusable is its fault in everything.
  return target.kind === 'unusable'
    ? warnings
    : [...faults.map((fault) => explain(target, fault)), ...warnings];
}

function explain({ name }: OffsiteTarget, fault: string): HealthFinding {
  return finding({
    check: 'targets.policy',
    severity: 'error',
    samples: [name],
    message: `Nothing is cleaned up on ${name}: ${fault}`,
    hint: 'Correct it in holdfast.config.json; docs/CLI-offsite.md names what "retention" may say',
  });
}

/** Without being asked for it reaches nothing: settings, keys and the login are looked at where they lie. */
async function lookAt(
  target: OffsiteTarget,
  ports: Ports,
  isAsked: boolean,
): Promise<readonly HealthFinding[]> {
  const { name, required } = target;
  const { signal } = ports;
  const result = await withTarget(ports, target, async (store) => {
    const warnings = (await target.readLogin?.()) ?? [];
    if (isAsked) await store.list(signal === undefined ? {} : { signal });
    return warnings;
  });
  if ('error' in result) {
    const { code, message, hint } = result.error;
    const severity = required ? 'error' : 'warning';
    const remedy = hint ?? `holdfast sync status --target ${name}`;
    return [finding({ check: code, severity, samples: [name], message, hint: remedy })];
  }
  const hint = `holdfast drive login --target ${name}`;
  return result.value.map((message) =>
    finding({ check: 'targets.login', severity: 'warning', samples: [name], message, hint }),
  );
}
