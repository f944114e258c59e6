@ base
$ qvm-prefs work kernelopts 'a|b\c'
$ qvm-ls --raw-data -O name,kernelopts,template_for_dispvms work
work|a\|b\\c|False
$ qvm-ls --json -O kernelopts work
{
  "schema": "qvm-ls/1",
  "domains": [
    {
      "kernelopts": "a|b\\c"
    }
  ]
}
