@ base
$ qvm-create --dry-run -l red one
VM        ACTION        OBJECT
one       register      AppVM
one       make-volume   private: 2 GiB in pool 'default'
$ qvm-create --dry-run --json --standalone -t tiny -l red --size private=3GiB one
{
  "schema": "qvm-plan/1",
  "command": "qvm-create",
  "steps": [
    {
      "vm": "one",
      "action": "register",
      "object": "StandaloneVM"
    },
    {
      "vm": "one",
      "action": "make-volume",
      "object": "root: 10 GiB in pool 'default', a snapshot of v1-r1"
    },
    {
      "vm": "one",
      "action": "make-volume",
      "object": "private: 3 GiB in pool 'default'"
    }
  ]
}
$ qvm-create --dry-run -l red work
qvm-create: cannot create 'work': the name is taken
? 6
$ qvm-create --dry-run -l mauve one
qvm-create: bad value 'mauve' for property 'label': red, orange, yellow, green, gray, blue, purple and black are known
? 7
$ qvm-ls --raw-list
alone
dom0
dvm
sys-net
tiny
vault
work
