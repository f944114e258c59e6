@ base
$ qvm-create one
qvm-create: cannot create 'one': it needs a label
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l mauve one
qvm-create: bad value 'mauve' for property 'label': red, orange, yellow, green, gray, blue, purple and black are known
? 7
$ qvm-create -C NetVM -l red one
qvm-create: unknown class 'NetVM': TemplateVM, AppVM, StandaloneVM and DispVM are known
? 5
$ qvm-create -C AdminVM -l red one
qvm-create: cannot create 'one': there is one AdminVM
? 7
$ qvm-create -t nosuch -l red one
qvm-create: bad value for property 'template': no such domain: 'nosuch'
? 4
$ qvm-create -t work -l red one
qvm-create: 'work' cannot be the template of an AppVM: its class is AppVM
? 7
$ qvm-create --disp -t tiny one
qvm-create: 'tiny' cannot be the template of a DispVM: its property template_for_dispvms is not set
? 7
$ qvm-create --disp -t work one
qvm-create: 'work' cannot be the template of a DispVM: its property template_for_dispvms is not set
? 7
$ qvm-create -P nosuch -l red one
qvm-create: no such pool: 'nosuch'
? 5
$ qvm-create -p root=nosuch --standalone -l red one
qvm-create: no such pool: 'nosuch'
? 5
$ qvm-create -l red --prop colour=red one
qvm-create: no such property: 'colour'
? 5
$ qvm-create -l red --prop memory one
qvm-create: property 'memory' is not NAME=VALUE
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red --prop memory=0 one
qvm-create: bad value '0' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-create -l red --prop memory=many one
qvm-create: bad value 'many' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-create -l red --prop vcpus=-1 one
qvm-create: bad value '-1' for property 'vcpus': a whole number from 1 to 128 is wanted
? 7
$ qvm-create -l red --prop netvm=work one
qvm-create: 'work' cannot be a netvm: its property provides_network is not set
? 7
$ qvm-create -l red --prop netvm=nosuch one
qvm-create: bad value for property 'netvm': no such domain: 'nosuch'
? 4
$ qvm-create -l red --prop kernel=../x one
qvm-create: bad value '../x' for property 'kernel': the name of a registered kernel is wanted
? 7
$ qvm-create -l red --prop klass=TemplateVM one
qvm-create: property 'klass' cannot be changed
? 7
$ qvm-create --standalone -l red -r nosuch one
qvm-create: cannot open 'nosuch': No such file or directory
? 1
$ qvm-create --standalone -l red -r kernel one
qvm-create: 'kernel' is not a regular file
? 7
