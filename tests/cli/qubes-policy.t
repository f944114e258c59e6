@ base
$ qubes-policy
90-default
$ qubes-policy -l include/
$ echo 'q * work vault allow' | qubes-policy -r 30-user
$ echo 'work vault ask' | qubes-policy -r include/more
$ echo '!include-service r * include/more' | qubes-policy -r 40-more.policy
$ qubes-policy
30-user
40-more
90-default
$ qubes-policy --list include
include/more
$ qubes-policy -g 30-user
q * work vault allow
$ qubes-policy --get include/more
work vault ask
$ qubes-policy --json
{
  "schema": "qubes-policy/1",
  "files": [
    {
      "name": "30-user"
    },
    {
      "name": "40-more"
    },
    {
      "name": "90-default"
    }
  ]
}
$ qubes-policy --json -g 30-user
{
  "schema": "qubes-policy/1",
  "files": [
    {
      "name": "30-user",
      "text": "q * work vault allow\n"
    }
  ]
}
$ echo 'q * work vault alow' | qubes-policy -r 30-user
qubes-policy: the policy would be wrong: /etc/qubes/policy.d/30-user.policy:1: the action is not allow, deny or ask: 'q * work vault alow'
? 7
$ echo '!include gone' | qubes-policy --replace 30-user
qubes-policy: the policy would be wrong: /etc/qubes/policy.d/30-user.policy:1: cannot include '/etc/qubes/policy.d/gone': No such file or directory
? 7
$ echo 'wrong' | qubes-policy -r include/more
qubes-policy: the policy would be wrong: /etc/qubes/policy.d/include/more:1: a rule has at least five columns: 'r * wrong'
? 7
$ qubes-policy -d include/more
qubes-policy: the policy would be wrong: /etc/qubes/policy.d/40-more.policy:1: cannot include '/etc/qubes/policy.d/include/more': No such file or directory
? 7
$ qubes-policy -g 30-user
q * work vault allow
$ echo 'q * work vault deny' | qubes-policy -r --dry-run 30-user
VM        ACTION          OBJECT
-         replace-policy  30-user
$ echo 'wrong' | qubes-policy -r --dry-run 30-user
qubes-policy: the policy would be wrong: /etc/qubes/policy.d/30-user.policy:1: a rule has at least five columns: 'wrong'
? 7
$ qubes-policy -d --dry-run --json 30-user
{
  "schema": "qvm-plan/1",
  "command": "qubes-policy",
  "steps": [
    {
      "vm": null,
      "action": "remove-policy",
      "object": "30-user"
    }
  ]
}
$ qubes-policy -g 30-user
q * work vault allow
$ qubes-policy -d 40-more
$ qubes-policy -d include/more
$ qubes-policy -l
30-user
90-default
$ qubes-policy -d 40-more
qubes-policy: there is no policy file '40-more'
? 5
$ qubes-policy -g nosuch
qubes-policy: there is no policy file 'nosuch'
? 5
$ qubes-policy -g ../30-user
qubes-policy: '../30-user' is no name of a policy file: it is empty or begins with '.'
? 7
$ qubes-policy -g 30-User
qubes-policy: '30-User' is no name of a policy file: a file's name has only lower-case letters
? 7
$ qubes-policy -r include/../x
qubes-policy: 'include/../x' is no name of a policy file: it is empty or begins with '.'
? 7
$ qubes-policy -d ''
qubes-policy: '' is no name of a policy file: it is empty or begins with '.'
? 7
$ qubes-policy -g
qubes-policy: the name of the file is missing
usage: qubes-policy [OPTION...] [NAME]
? 2
$ qubes-policy -l 30-user
qubes-policy: --list takes no name but include/
usage: qubes-policy [OPTION...] [NAME]
? 2
$ qubes-policy -g -d 30-user
qubes-policy: only one thing can be done at a time
usage: qubes-policy [OPTION...] [NAME]
? 2
$ qubes-policy --dry-run -g 30-user
qubes-policy: --dry-run goes with a change only
usage: qubes-policy [OPTION...] [NAME]
? 2
$ qubes-policy a b
qubes-policy: too many arguments: 'b'
usage: qubes-policy [OPTION...] [NAME]
? 2
$ env -u QVM_ROOT unprivileged qubes-policy -d 30-user
qubes-policy: only root may do that
? 14
