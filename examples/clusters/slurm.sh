# A SLURM of one node on this machine, with a configuration, keys and sockets of its own in $folder. Read by check.sh.

start_slurm() {
  local host
  host=$(hostname -s)
  mkdir -p slurm/state slurm/spool
  chmod 755 "$folder" slurm
  dd if=/dev/urandom of=slurm/munge.key bs=1 count=1024 status=none
  chmod 400 slurm/munge.key
  munged --force --foreground --key-file slurm/munge.key --socket "$folder/slurm/munge.socket" --pid-file slurm/munged.pid \
    --seed-file slurm/munge.seed > slurm/munged.log 2>&1 &
  daemons=($!)
  cat > slurm/slurm.conf << EOF
ClusterName=check
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$folder/slurm/munge.socket,cred_expire=5
StateSaveLocation=$folder/slurm/state
SlurmdSpoolDir=$folder/slurm/spool
SlurmctldPidFile=$folder/slurm/slurmctld.pid
SlurmdPidFile=$folder/slurm/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=check Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
  export SLURM_CONF=$folder/slurm/slurm.conf
  trap 'kill "${daemons[@]}" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
  until_it_works munge -n --socket "$folder/slurm/munge.socket"
  slurmctld -D > slurm/slurmctld.log 2>&1 &
  daemons+=($!)
  slurmd -D > slurm/slurmd.log 2>&1 &
  daemons+=($!)
  until_it_works is_idle
}

is_idle() {
  sinfo -h -o %T | grep -q idle
}

# Tries a command for a minute.
until_it_works() {
  for _ in $(seq 120); do
    "$@" > /dev/null 2>&1 && return
    sleep 0.5
  done
  tail slurm/*.log
  echo "SLURM does not start: $*"
  return 1
}

# Until no job is left, at most five minutes.
wait_for_slurm() {
  for _ in $(seq 300); do
    [ -n "$(squeue -h)" ] || return 0
    sleep 1
  done
  squeue
  tail slurm/*.log slurm-*.out
  return 1
}
