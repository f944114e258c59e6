@ init
$ qvm-template list
NAME  LABEL  ROOT-MAX  REVISIONS  CHILDREN
$ qvm-template install tiny tiny.tar
$ qvm-template install tiny tiny.tar
qvm-template: cannot install template 'tiny': the name is taken
? 6
$ qvm-template install --dry-run small tiny.tar
VM        ACTION        OBJECT
small     register      TemplateVM
small     make-volume   root: 10 GiB in pool 'default'
small     make-volume   private: 2 GiB in pool 'default'
small     fill-volume   root
$ qvm-template list
NAME  LABEL  ROOT-MAX  REVISIONS  CHILDREN
tiny  black     10240          1         0
$ qvm-template list --json
{
  "schema": "qvm-template/1",
  "templates": [
    {
      "name": "tiny",
      "label": "black",
      "root_size": 10240,
      "revisions": 1,
      "children": 0
    }
  ]
}
$ qvm-template install other nosuch.tar
qvm-template: cannot open 'nosuch.tar': No such file or directory
? 1
$ qvm-template install other kernel/vmlinux
qvm-template: cannot install template 'other': cannot use the archive 'kernel/vmlinux': cannot read the archive: Unrecognized archive format
? 1
$ qvm-template install .x tiny.tar
qvm-template: bad domain name '.x': it must begin with a letter
? 7
$ qvm-template install --label mauve other tiny.tar
qvm-template: bad value 'mauve' for property 'label': red, orange, yellow, green, gray, blue, purple and black are known
? 7
$ qvm-template install --pool nosuch other tiny.tar
qvm-template: no such pool: 'nosuch'
? 5
$ qvm-template install --size 1 other tiny.tar
qvm-template: the root volume cannot be smaller than 1 MiB
? 7
$ qvm-template install --size big other tiny.tar
qvm-template: 'big' is not a size (as in 10GiB)
usage: qvm-template [OPTION...] ACTION [NEWNAME FILE]
? 2
$ qvm-template install other
qvm-template: install needs a name and an archive
usage: qvm-template [OPTION...] ACTION [NEWNAME FILE]
? 2
$ qvm-template
qvm-template: too few arguments
usage: qvm-template [OPTION...] ACTION [NEWNAME FILE]
? 2
$ qvm-template paint
qvm-template: 'paint' is not install or list
usage: qvm-template [OPTION...] ACTION [NEWNAME FILE]
? 2
$ qvm-template list x
qvm-template: list takes no arguments
usage: qvm-template [OPTION...] ACTION [NEWNAME FILE]
? 2
$ qvm-ls --raw-list
dom0
tiny
