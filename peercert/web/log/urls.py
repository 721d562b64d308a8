"""Addresses of the log, as C2SP tlog-tiles names them, and the proofs beside them."""

from django.urls import path

from peercert.web.log import machines

app_name = "log"

urlpatterns = [
    path("checkpoint", machines.checkpoint, name="checkpoint"),
    path("keys", machines.keys, name="keys"),
    path("consistency", machines.consistency, name="consistency"),
    path("proof/<str:number>", machines.proof, name="proof"),
    path("tile/entries/<path:address>", machines.entries, name="entries"),
    path("tile/<int:level>/<path:address>", machines.tile, name="tile"),
]
