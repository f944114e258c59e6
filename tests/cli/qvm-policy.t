@ base
# no policy: nothing is allowed
$ qvm-policy explain q work vault
decision          deny
reason            no line is for that call
requested_target  vault
notify            yes
? 126
$ qvm-policy lint
$ qvm-policy explain q dom0 work
decision          allow
reason            calls from dom0 are subject to no line
requested_target  work
target            work
notify            no
autostart         yes
$ printf 'q +x work vault allow\nq * @tag:no vault deny\nq * work sys-net deny\nq + work vault allow user=root\n' | qubes-policy -r 30-user
$ qvm-policy explain q work vault
decision          allow
reason            the line allows it
decided_by        /etc/qubes/policy.d/30-user.policy:4
requested_target  vault
target            vault
user              root
notify            no
autostart         yes
FILE                                LINE  RULE                            DIFFERS
/etc/qubes/policy.d/30-user.policy     1  q +x work vault allow           argument
/etc/qubes/policy.d/30-user.policy     2  q * @tag:no vault deny          source
/etc/qubes/policy.d/30-user.policy     3  q * work sys-net deny           target
/etc/qubes/policy.d/30-user.policy     4  q + work vault allow user=root  -
$ qvm-policy explain q+x work vault
decision          allow
reason            the line allows it
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  vault
target            vault
notify            no
autostart         yes
FILE                                LINE  RULE                   DIFFERS
/etc/qubes/policy.d/30-user.policy     1  q +x work vault allow  -
$ qvm-policy explain -q q work sys-net
decision          deny
reason            the line denies it
decided_by        /etc/qubes/policy.d/30-user.policy:3
requested_target  sys-net
notify            yes
? 126
$ qvm-policy explain --json q work vault
{
  "schema": "qvm-policy-explain/1",
  "decision": "allow",
  "reason": "the line allows it",
  "decided_by": "/etc/qubes/policy.d/30-user.policy:4",
  "requested_target": "vault",
  "target": "vault",
  "dispvm_template": null,
  "targets": [
  ],
  "default_target": null,
  "user": "root",
  "notify": false,
  "autostart": true,
  "lines": [
    {
      "file": "/etc/qubes/policy.d/30-user.policy",
      "line": 1,
      "rule": "q +x work vault allow",
      "miss": "argument"
    },
    {
      "file": "/etc/qubes/policy.d/30-user.policy",
      "line": 2,
      "rule": "q * @tag:no vault deny",
      "miss": "source"
    },
    {
      "file": "/etc/qubes/policy.d/30-user.policy",
      "line": 3,
      "rule": "q * work sys-net deny",
      "miss": "target"
    },
    {
      "file": "/etc/qubes/policy.d/30-user.policy",
      "line": 4,
      "rule": "q + work vault allow user=root",
      "miss": null
    }
  ]
}
$ printf 's * @anyvm @anyvm ask default_target=@dispvm:dvm\ns * work vault allow\n' | qubes-policy -r 50-ask
$ qvm-policy explain s work @default
decision          ask
reason            the line asks
decided_by        /etc/qubes/policy.d/50-ask.policy:1
requested_target  @default
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    @dispvm:dvm
notify            no
autostart         yes
FILE                               LINE  RULE                                              DIFFERS
/etc/qubes/policy.d/50-ask.policy     1  s * @anyvm @anyvm ask default_target=@dispvm:dvm  -
$ qvm-policy explain --json s work nosuch
{
  "schema": "qvm-policy-explain/1",
  "decision": "ask",
  "reason": "the line asks",
  "decided_by": "/etc/qubes/policy.d/50-ask.policy:1",
  "requested_target": "@default",
  "target": null,
  "dispvm_template": null,
  "targets": [
    "@dispvm:dvm",
    "alone",
    "dvm",
    "sys-net",
    "tiny",
    "vault"
  ],
  "default_target": "@dispvm:dvm",
  "user": null,
  "notify": false,
  "autostart": true,
  "lines": [
    {
      "file": "/etc/qubes/policy.d/50-ask.policy",
      "line": 1,
      "rule": "s * @anyvm @anyvm ask default_target=@dispvm:dvm",
      "miss": null
    }
  ]
}
$ qvm-policy lint
/etc/qubes/policy.d/50-ask.policy:2: warning: never reached: /etc/qubes/policy.d/50-ask.policy:1 comes first
$ qvm-policy lint --json
{
  "schema": "qvm-policy-lint/1",
  "findings": [
    {
      "file": "/etc/qubes/policy.d/50-ask.policy",
      "line": 2,
      "severity": "warning",
      "text": "never reached: /etc/qubes/policy.d/50-ask.policy:1 comes first"
    }
  ]
}
$ qvm-policy explain q nosuch vault
qvm-policy: no such domain: 'nosuch'
? 4
$ qvm-policy explain q work @anyvm
decision  deny
reason    the target asked for is neither a name nor a keyword for that
notify    yes
? 126
$ qvm-policy explain 'q;r' work vault
decision  deny
reason    that is no name of a service
notify    yes
? 126
# one error denies everything
$ echo wrong >$QVM_ROOT/etc/qubes/policy.d/60-bad.policy
$ qvm-policy explain q work vault
decision          deny
reason            the policy has an error, so nothing is allowed
decided_by        /etc/qubes/policy.d/60-bad.policy:1
requested_target  vault
notify            yes
? 126
$ qvm-policy explain --json q work vault
{
  "schema": "qvm-policy-explain/1",
  "decision": "deny",
  "reason": "the policy has an error, so nothing is allowed",
  "decided_by": "/etc/qubes/policy.d/60-bad.policy:1",
  "requested_target": "vault",
  "target": null,
  "dispvm_template": null,
  "targets": [
  ],
  "default_target": null,
  "user": null,
  "notify": true,
  "lines": [
  ]
}
? 126
$ qvm-policy lint
/etc/qubes/policy.d/60-bad.policy:1: error: a rule has at least five columns: 'wrong'
/etc/qubes/policy.d/50-ask.policy:2: warning: never reached: /etc/qubes/policy.d/50-ask.policy:1 comes first
? 1
$ qubes-policy -d 60-bad
$ qvm-policy explain -q q work vault
decision          allow
reason            the line allows it
decided_by        /etc/qubes/policy.d/30-user.policy:4
requested_target  vault
target            vault
user              root
notify            no
autostart         yes
# files by themselves
$ printf 'q * work vault\n!include nowhere\n' >$QVM_ROOT/new.policy
$ qvm-policy lint $QVM_ROOT/new.policy
ROOT/new.policy:1: error: a rule has at least five columns: 'q * work vault'
? 1
$ echo 'q * $anyvm vault allow' | qvm-policy lint -
-:1: error: keywords begin with '@' here, not with '$': 'q * $anyvm vault allow'
? 1
$ echo '$anyvm vault allow' | qvm-policy lint -i -
$ qvm-policy lint $QVM_ROOT/nosuch
qvm-policy: cannot read 'ROOT/nosuch': No such file or directory
? 1
$ qvm-policy
qvm-policy: too few arguments
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
$ qvm-policy frob
qvm-policy: 'frob' is not explain or lint
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
$ qvm-policy explain q work
qvm-policy: explain needs a service, a source and a target
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
$ qvm-policy lint -i
qvm-policy: --include-service goes with a file only
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
$ qvm-policy explain -i q work vault
qvm-policy: explain needs a service, a source and a target
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
