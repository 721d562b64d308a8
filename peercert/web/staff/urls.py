"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.staff import letters, money, money_case, money_payment

app_name = "staff"

urlpatterns: list[URLPattern] = [
    # money
    path("money/", money.money, name="money"),
    path("money/record/", money.money_record, name="money_record"),
    path("money/payments/<uuid:payment>/", money_payment.money_payment, name="money_payment"),
    path("money/payments/<uuid:payment>/match/", money_payment.money_match, name="money_match"),
    path("cases/<str:number>/money/", money_case.money_case, name="money_case"),
    path("cases/<str:number>/money/payers/<int:coverage>/", money_case.money_take_back, name="money_take_back"),
    # letters
    path("letters/", letters.letters, name="letters"),
    path("letters/<uuid:letter>/", letters.letter, name="letter"),
]
