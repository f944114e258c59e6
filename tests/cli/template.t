@ init
$ qvm-template list
NAME  LABEL  ROOT-MAX  REVISIONS  CHILDREN
$ qvm-template install tiny --from tiny.tar
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
qvm-template: cannot use 'nosuch.tar': cannot open it: No such file or directory
? 1
$ qvm-template install other kernel/vmlinux
qvm-template: cannot use 'kernel/vmlinux': cannot read the archive: Unrecognized archive format
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
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template install other
qvm-template: install needs one source, by --from
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template
NAME  LABEL  ROOT-MAX  REVISIONS  CHILDREN
tiny  black     10240          1         0
$ qvm-template paint
qvm-template: there is no action 'paint'
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template list x
qvm-template: list takes no arguments
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-ls --raw-list
dom0
tiny
# what it came from, without the time
$ qvm-template info tiny | grep -v -e installed -e digest
name                tiny
origin              tiny.tar
kind                archive
files               3
bytes               5
pool                default
root_size           10737418240
revisions           1
children            none
outdated            none
$ qvm-template info tiny --json | grep -v -e installed -e digest
{
  "schema": "qvm-template-info/1",
  "name": "tiny",
  "origin": "tiny.tar",
  "kind": "archive",
  "files": 3,
  "bytes": 5,
  "pool": "default",
  "root_size": 10737418240,
  "revisions": 1,
  "children": [
  ]
}
$ qvm-create -l red work
$ qvm-template info tiny | grep children
children            work
$ qvm-template info work
qvm-template: 'work' is no template but of class AppVM
? 7
$ qvm-template info nosuch
qvm-template: no such domain: 'nosuch'
? 4
$ qvm-template reinstall --dry-run tiny --from tiny.tar
VM        ACTION          OBJECT
tiny      replace-volume  root
tiny      clear-volume    private
$ qvm-template reinstall tiny --from tiny.tar
$ qvm-volume info tiny:root | grep -c True
3
$ qvm-template reinstall work --from tiny.tar
qvm-template: cannot reinstall template 'work': it is no template but of class AppVM
? 7
$ qvm-template reinstall tiny
qvm-template: reinstall needs one source, by --from
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template reinstall tiny tiny.tar --from tiny.tar
qvm-template: reinstall needs one source, by --from
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template reinstall --label red tiny tiny.tar
qvm-template: --label, --pool and --size go with install and build only
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template clone tiny second
$ qvm-template clone work third
qvm-template: 'work' is no template but of class AppVM
? 7
$ qvm-template list
NAME    LABEL  ROOT-MAX  REVISIONS  CHILDREN
second  black     10240          1         0
tiny    black     10240          2         1
$ qvm-template remove tiny
qvm-template: cannot remove 'tiny': it is template of 'work', global property 'default_template'
? 10
$ qvm-template remove work
qvm-template: 'work' is no template but of class AppVM
? 7
$ qvm-template remove second
$ qvm-template list
NAME  LABEL  ROOT-MAX  REVISIONS  CHILDREN
tiny  black     10240          2         1
$ qvm-template export tiny tiny.tar
qvm-template: cannot export template 'tiny': 'tiny.tar' is there already
? 6
$ qvm-template export work work.tar
qvm-template: cannot export template 'work': it is no template but of class AppVM
? 7
$ qvm-template export --dry-run tiny new.tar
VM        ACTION         OBJECT
tiny      export-volume  root: to 'new.tar'
$ qvm-template build debian --suite bookworm --dry-run
VM        ACTION        OBJECT
debian    build         bookworm by mmdebstrap
$ mkdir bin; printf '%s\n' '#!/bin/sh' 'echo "I: fetching in ${TMPDIR##*/}"; echo "E: no Release file"; echo "E: mmdebstrap failed to run"; exit 1' >bin/mmdebstrap; chmod +x bin/mmdebstrap
$ PATH=$PWD/bin:$PATH qvm-template build debian --suite bookworm
qvm-template: cannot build template 'debian': mmdebstrap failed: E: no Release file
? 1
$ printf '%s\n' '#!/bin/sh' 'echo "I: fetching in ${TMPDIR##*/}"; exit 1' >bin/mmdebstrap
$ TMPDIR= PATH=$PWD/bin:$PATH; unset TMPDIR; qvm-template build debian --suite bookworm
qvm-template: cannot build template 'debian': mmdebstrap failed: I: fetching in debian
? 1
$ qvm-template build tiny --suite bookworm
qvm-template: cannot install template 'tiny': the name is taken
? 6
$ printf '%s\n' '#!/bin/sh' 'unset TMPDIR; [ -e said ] || { >said; qvm-template build debian --suite sid; qvm-template build other --suite sid; } 2>said' 'echo "E: no"; exit 1' >bin/mmdebstrap
$ unset TMPDIR; PATH=$PWD/bin:$PATH qvm-template build debian --suite bookworm; cat said; ls $QVM_ROOT/var/lib/qvm | grep build
qvm-template: cannot build template 'debian': mmdebstrap failed: E: no
qvm-template: cannot build template 'debian': another command is building it
qvm-template: cannot build template 'other': mmdebstrap failed: E: no
? 1
$ printf '%s\n' '#!/bin/sh' '>$TMPDIR/half; kill -9 $PPID' >bin/mmdebstrap
$ unset TMPDIR; (PATH=$PWD/bin:$PATH qvm-template build debian --suite bookworm) 2>/dev/null
Killed
? 137
$ qvm-recover --dry-run
KIND      OBJECT                                                              ACTION
folder    ROOT/var/lib/qvm/build/debian  removed
$ qvm-recover
KIND      OBJECT                                                              ACTION
folder    ROOT/var/lib/qvm/build/debian  removed
$ qvm-recover; ls $QVM_ROOT/var/lib/qvm | grep build
? 1
$ qvm-template build debian
qvm-template: build needs --suite
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template build debian --suite '-x'
qvm-template: bad suite '-x'
? 7
$ qvm-template list --suite x
qvm-template: --suite, --mirror and --package go with build only
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
# folders and disks
$ mkdir -p tree/etc && echo x >tree/etc/hostname && qvm-template install folder --from tree
$ qvm-template info folder | grep -e origin -e kind -e files
origin              tree
kind                folder
files               3
$ truncate -s 1M disk.raw && mkfs.ext2 -qF disk.raw && qvm-template install disk --from disk.raw
$ qvm-template info disk | grep -e origin -e kind
origin              disk.raw
kind                raw
$ qvm-template install disk2 --from disk.raw --size 1000KiB
qvm-template: the disk in 'disk.raw' needs 1 MiB, and the root volume would have 1000 KiB
? 7
$ printf 'QFI\373\000\000\000\003' >bad.qcow2 && qvm-template install disk2 --from bad.qcow2
qvm-template: cannot use 'bad.qcow2': it is no qcow2 disk of version 2 or 3
? 1
$ qvm-template install disk2 --from /dev/null
qvm-template: cannot use '/dev/null': it is no file and no folder
? 1
$ qvm-template update work
qvm-template: cannot update 'work': the root of AppVMs is their template's
? 7
$ qvm-template update nosuch
qvm-template: no such domain: 'nosuch'
? 4
$ qvm-template update --dry-run tiny
VM        ACTION        OBJECT
tiny      update        by its distribution's updater
# in a disposable
$ qvm-template reinstall --in-disposable tiny --from tiny.tar
qvm-template: --in-disposable goes with install only
usage: qvm-template [OPTION...] [ACTION [NEWNAME [FILE]]]
? 2
$ qvm-template install --in-disposable apart --from tiny.tar
qvm-template: cannot start a disposable: no template was named and there is no default_dispvm
? 5
$ qvm-template install --in-disposable apart --from .
qvm-template: cannot use '.': a disposable takes a file only
? 7
$ qvm-template install --in-disposable tiny --from tiny.tar
qvm-template: cannot install template 'tiny': the name is taken
? 6
$ qvm-template install --in-disposable --dry-run apart --from tiny.tar
VM        ACTION        OBJECT
apart     register      TemplateVM
apart     make-volume   root: 10 GiB in pool 'default'
apart     make-volume   private: 2 GiB in pool 'default'
apart     fill-volume   root
