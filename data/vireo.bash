# Completion for bash.
_vireo() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word command= uri=
    local commands="list create start shutdown destroy suspend resume screenshot undefine delete leftovers import export dumpxml events edit doctor network nwfilter secret interface"
    local index
    commands+=" clone pool volume"
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        case $word in
            -c | --connect) uri=${COMP_WORDS[index + 1]} ;;
            *) [[ -z $command && " $commands " == *" $word "* ]] && command=$word ;;
        esac
    done
    case $previous in
        -c | --connect)
            mapfile -t COMPREPLY < <(compgen -W "qemu:///system qemu:///session lxc:///system xen:///system test:///default" -- "$current")
            return
            ;;
        --demo-scale | --count | --timeout | --screen) return ;;
        --boot)
            mapfile -t COMPREPLY < <(compgen -W "bios uefi secure" -- "$current")
            return
            ;;
        --mode)
            local modes="agent acpi"
            [[ $command == network ]] && modes="isolated nat route open bridge private vepa passthrough hostdev"
            mapfile -t COMPREPLY < <(compgen -W "$modes" -- "$current")
            return
            ;;
        --convert)
            mapfile -t COMPREPLY < <(compgen -W "qemu-img virt-v2v" -- "$current")
            return
            ;;
        --file | --output | --storage | --cdrom | --import | --cloud-image | --container | --container-root | --location | --xml | \
            --disk | --password-file | --ssh-key | --user-data | add-disk | add-device)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
    esac
    if [[ $current == -* ]]; then
        local options="--connect --allow-risky-uri --debug --help"
        case $command in
            "") options+=" --demo --demo-scale --show-domain-console --show-domain-performance --version" ;;
            list) options+=" --json --names" ;;
            create)
                options+=" --name --title --cdrom --import --cloud-image --pxe --location --empty --container --container-root --xml"
                options+=" --upload --extra-args --os --memory --vcpus --size --pool --format --allocate --disk --no-disk --network"
                options+=" --boot --tpm --virt-type --arch --machine --unattended --user --password-file --ssh-key --package"
                options+=" --hostname --user-data --no-start --autostart --wait --dry-run --json"
                ;;
            doctor) options+=" --json" ;;
            leftovers) options+=" --remove --forget --json" ;;
            start) options+=" --paused --force-boot --reset-nvram" ;;
            shutdown) options+=" --mode" ;;
            screenshot) options+=" --screen" ;;
            events) options+=" --json --count --timeout" ;;
            dumpxml) options+=" --inactive --security-info" ;;
            undefine)
                options+=" --managed-save --snapshots-metadata --checkpoints-metadata --nvram --keep-nvram --tpm --keep-tpm --storage"
                ;;
            delete) options+=" --storage --force-off --keep-nvram --keep-tpm --dry-run --json" ;;
            import) options+=" --name --pool --memory --vcpus --network --convert --start --dry-run --json" ;;
            export) options+=" --to --dry-run --json" ;;
            clone) options+=" --name --count --linked --pool --share --leave-out --dry-run --json" ;;
            pool)
                options+=" --json --names --file --type --target --source-host --source-path --source-dev --source-name --source-format"
                options+=" --source-protocol-ver --source-initiator --adapter-name --adapter-wwnn --adapter-wwpn --adapter-parent"
                options+=" --auth-username --secret-uuid --secret-usage --build --start --autostart --overwrite --no-overwrite --disable"
                options+=" --zeroed --inactive --dry-run"
                ;;
            volume)
                options+=" --json --names --format --allocation --prealloc-metadata --backing-vol --backing-vol-format --secret-uuid"
                options+=" --cluster-size --shrink --allocate --to-pool --algorithm --overwrite --offset --length --checksum --force --dry-run"
                ;;
            edit) options+=" --file --output --live --config --diff --dry-run --no-validate" ;;
        esac
        case $command in
            network)
                options+=" --json --mac --mode --ipv4 --ipv6 --no-dhcp --dhcp-range --domain --bridge --device --mtu --no-start --no-autostart"
                options+=" --dry-run --start --autostart --no-validate --add-host --remove-host --add-range --remove-range --add-dns"
                options+=" --remove-dns --xml --no-live --disable --inactive --reattach"
                ;;
            nwfilter) options+=" --json --replace" ;;
            secret) options+=" --json --usage --description --ephemeral --private --file --dry-run" ;;
            interface) options+=" --json --replace --inactive" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
    elif [[ $command == "$previous" && " network nwfilter secret interface " == *" $command "* ]]; then
        local words="list define undefine dumpxml"
        case $command in
            network) words+=" info leases create update start stop restart autostart" ;;
            nwfilter) words+=" bindings" ;;
            secret) words+=" create set-value users" ;;
            interface) words+=" start stop begin commit rollback" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    elif [[ " network nwfilter secret interface " == *" $command "* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    elif [[ $command == edit ]]; then
        local operations="noop memory current-memory vcpu max-vcpu name title description add-disk remove-disk add-nic remove-nic"
        operations+=" add-device boot metadata autostart"
        [[ -n $uri && $previous == edit ]] && operations=$(vireo list -c "$uri" --names 2>/dev/null </dev/null)
        mapfile -t COMPREPLY < <(compgen -W "$operations" -- "$current")
    elif [[ $command == import || $previous == --to ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    elif [[ $command == pool && $previous == pool ]]; then
        local operations="list info define build start stop refresh autostart rename undefine delete sources dumpxml"
        mapfile -t COMPREPLY < <(compgen -W "$operations" -- "$current")
    elif [[ $command == volume && $previous == volume ]]; then
        local operations="list info create resize clone wipe delete upload download dumpxml"
        mapfile -t COMPREPLY < <(compgen -W "$operations" -- "$current")
    elif [[ $command == pool || $command == volume ]]; then
        local pools
        pools=$([[ -n $uri ]] && vireo pool list -c "$uri" --names 2>/dev/null </dev/null)
        mapfile -t COMPREPLY < <(compgen -f -W "$pools" -- "$current")
    elif [[ $command == screenshot && $previous != screenshot ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    elif [[ $command != list && $command != create && $command != events && $command != doctor && -n $uri ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(vireo list -c "$uri" --names 2>/dev/null </dev/null)" -- "$current")
    fi
}
complete -F _vireo vireo
