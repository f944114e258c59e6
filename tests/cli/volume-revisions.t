@ base
$ echo first | qvm-volume import vault:private -
$ qvm-volume snapshot vault:private one
$ qvm-volume snapshot vault:private one
qvm-volume: cannot snapshot 'vault:private': there is a revision 'one' already
? 6
$ qvm-volume snapshot vault:private 1one
qvm-volume: bad name of a revision '1one': a letter, then letters, digits, '_', '.' and '-', at most 63
? 7
$ qvm-volume snapshot vault:root one
qvm-volume: cannot snapshot 'vault:root': it is made anew at each start
? 7
$ qvm-volume snapshot --dry-run vault:private two
VM        ACTION           OBJECT
vault     snapshot-volume  private as 'two'
$ echo second | qvm-volume import vault:private -
$ qvm-volume export -f vault:private got && head -c 1M got | tr -d '\0'
second
$ qvm-volume export -r one vault:private - | tr -d '\0'
first
$ qvm-volume list vault
POOL:VOLUME          VMNAME  VOLUME_NAME  REVERT_POSSIBLE
default:r4-root      vault   root         No
default:v11-g3       vault   private      Yes
default:r4-volatile  vault   volatile     No
$ qvm-volume revert --dry-run vault:private one
VM        ACTION         OBJECT
vault     revert-volume  private to revision 2
$ qvm-volume revert vault:private one
$ qvm-volume export -f vault:private got && head -c 1M got | tr -d '\0'
first
$ qvm-volume revert vault:private
$ qvm-volume export -f vault:private got && head -c 1M got | tr -d '\0'
second
$ qvm-volume info vault:private revisions
2
4
5
$ qvm-volume revert vault:private 77
qvm-volume: cannot revert 'vault:private': there is no revision '77'
? 5
$ qvm-volume revert vault:private nosuch
qvm-volume: cannot revert 'vault:private': there is no revision 'nosuch'
? 5
$ qvm-volume revert vault:volatile
qvm-volume: cannot revert 'vault:volatile': it is made anew at each start
? 7
$ qvm-volume revert work:private
qvm-volume: cannot revert 'work:private': there is no older state of it
? 5
$ qvm-volume pin vault:private 2
$ qvm-volume drop vault:private one
qvm-volume: cannot drop a revision of 'vault:private': revision 2 is pinned
? 10
$ qvm-volume unpin vault:private one
$ qvm-volume drop --dry-run vault:private one
VM        ACTION         OBJECT
vault     drop-revision  private: revision 2
$ qvm-volume drop --json vault:private one
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "vault",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
$ qvm-volume drop vault:private one
qvm-volume: cannot drop a revision of 'vault:private': there is no revision 'one'
? 5
$ qvm-volume drop vault:private 5
qvm-volume: cannot drop a revision of 'vault:private': revision 5 is the current state of 'vault:private'
? 10
$ qvm-volume pin vault:private 99
qvm-volume: cannot pin 'vault:private': there is no revision '99'
? 5
# While it runs: as after a power cut, and not what clones read.
$ qvm-start vault
$ qvm-volume snapshot vault:private running
$ qvm-volume info --json vault:private | grep -c '"live": true'
1
$ qvm-volume revert vault:private running
qvm-volume: cannot revert private of 'vault': it is running
? 8
$ echo x | qvm-volume import vault:private -
qvm-volume: cannot import private of 'vault': it is running
? 8
$ qvm-volume clear -f vault:private
qvm-volume: cannot clear private of 'vault': it is running
? 8
$ qvm-clone vault copy
$ qvm-volume export -f copy:private got && head -c 1M got | tr -d '\0'
second
$ qvm-kill --wait vault
$ qvm-volume revert vault:private running
$ qvm-recover
# A failure leaves all as it was.
$ echo 'fail snapshot no such luck' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-volume revert work:private 1
qvm-volume: cannot revert 'work:private': no such luck
? 17
$ echo x | qvm-volume import work:private -
qvm-volume: cannot import 'work:private': no such luck
? 17
$ qvm-volume snapshot --json work:private two >/dev/null
$ qvm-volume clone vault:private work:private
qvm-volume: cannot clone to 'work:private': no such luck
? 17
$ rm $QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-recover
