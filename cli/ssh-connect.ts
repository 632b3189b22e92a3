import { type Command } from 'commander'

/**
 * What `--help` shows. A call never comes here: `cli/main.ts` takes the short way past commander
 * (`ssh-connect/main.ts`), for every ssh waits for it; a test holds both to the same options.
 */
export function register(program: Command): void {
  program
    .command('ssh-connect')
    .description(
      "the client side of a gate's challenges: ssh -o ProxyCommand='vestibule ssh-connect %h %p'",
    )
    .argument('<host>', 'host to connect to (%h)')
    .argument('[port]', 'its port (%p)', '22')
    .option(
      '--via <command>',
      'reach the server through this command (a jump host: ssh -W %h:%p jump)',
    )
    .option('--user <name>', 'user name to tell the gate, sealed (%r)')
    .option('--consent', "agree to the gate's device fingerprint without being asked")
    .option('--no-consent', 'refuse it without being asked')
    .option('--batch', 'never ask anything')
    .option('--strict', 'refuse a gate whose keys are not known yet')
    .option('--require-gate', 'refuse a server that has no gate before it')
    .option('--state <folder>', 'folder of known_gates, gate_consents and gate_enrolments (~/.ssh)')
    .option('--max-work <hashes>', 'refuse puzzles that take more hashes than this on average')
    .option('--quiet', 'say nothing but what went wrong')
}
